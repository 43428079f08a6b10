// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "copy.h"
#include "device.h"
#include "request.h"
#include "sysfs.h"

const struct device *device_find(const char *name)
{
	static const struct device * const devices[] = {
		&device_hantro, &device_vdpu_mpeg2, &device_vdpu_h264, &device_g1_mpeg2,
		&device_g1_h264, &device_visl, &device_visl_direct, &device_vicodec_encoder,
		&device_vicodec_decoder, &device_vicodec_stateless, NULL,
	};
	unsigned int i;

	for (i = 0; devices[i]; i++) {
		if (!strcmp(devices[i]->name, name))
			return devices[i];
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
