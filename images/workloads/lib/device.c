// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Makefile finds all device_NAME.c: DEVICE_TABLES is devices_decoder,
 * devices_hantro, and so on, DEVICE_ARRAYS the same with [] after each.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "copy.h"
#include "device.h"
#include "request.h"
#include "sysfs.h"

extern const struct device DEVICE_ARRAYS;

static const struct device * const tables[] = { DEVICE_TABLES, NULL };

const struct device *device_find(const char *name)
{
	const struct device * const *table;
	const struct device *device;

	for (table = tables; *table; table++) {
		for (device = *table; device->name; device++) {
			if (!strcmp(device->name, name))
				return device;
		}
	}
	return &device_copier;
}

int device_queue(struct copy *copy, unsigned int index)
{
	return m2m_qbuf(&copy->m2m.output, index, &copy->payload[index]);
}

int device_open_requests(struct copy *copy)
{
	unsigned int i;

	copy->media = request_open_media(copy->m2m.device);
	if (copy->media < 0)
		return copy->media;
	for (i = 0; i < copy->depth; i++) {
		copy->request[i] = request_allocate(copy->media);
		if (copy->request[i] < 0)
			return copy->request[i];
	}
	return 0;
}

static int renew(struct copy *copy, unsigned int index)
{
	if (!copy->requested[index])
		return 0;
	copy->requested[index] = false;
	if (!request_wait(copy->request[index], COPY_PATIENCE))
		return -ETIME;
	return request_reinit(copy->request[index]);
}

int device_renew_requests(struct copy *copy)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < copy->depth && !ret; i++)
		ret = renew(copy, i);
	return ret;
}

int device_request(struct copy *copy, unsigned int index, struct v4l2_ext_control *controls,
		   unsigned int count)
{
	int request = copy->request[index];
	int ret = renew(copy, index);

	copy->requested[index] = true;
	copy->m2m.output.buffer[index].request = request;
	if (!ret)
		ret = request_set_controls(request, copy->m2m.fd, controls, count);
	return ret ? ret : device_queue(copy, index);
}

int device_queue_request(struct copy *copy, unsigned int index)
{
	return request_queue(copy->request[index]);
}

int device_set_parameter(const char *module, const char *name, __u64 value)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s", module, name);
	snprintf(text, sizeof(text), "%llu", value);
	return sysfs_write(path, text);
}
