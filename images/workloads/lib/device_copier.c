// SPDX-License-Identifier: GPL-2.0-only
/* Drivers whose jobs, of equal formats and sizes, are copies; the work is done elsewhere. */
#include <errno.h>
#include <string.h>

#include "copy.h"
#include "device.h"
#include "pattern.h"

static int open_node(struct copy *copy, const char *name)
{
	return m2m_open(&copy->m2m, name, 0);
}

static int set_up(struct copy *copy, __u64 msec)
{
	struct m2m_format format = {
		.width = 320,
		.height = 240,
		.pixelformat = V4L2_PIX_FMT_RGB565,
	};
	int ret;

	ret = m2m_set_job_time(&copy->m2m, msec);
	if (!ret)
		ret = m2m_set_format(&copy->m2m.output, &format);
	copy->output = format;
	if (!ret)
		ret = m2m_set_format(&copy->m2m.capture, &format);
	copy->format = format;
	if (!ret && (memcmp(&format, &copy->output, sizeof(format)) || format.planes != 1))
		ret = -EINVAL;
	return ret;
}

static __u32 fill(struct copy *copy, unsigned int index)
{
	pattern_fill(copy->m2m.output.buffer[index].plane[0].map, copy->output.sizeimage[0],
		     copy->seed, copy->fed, 0);
	return copy->output.sizeimage[0];
}

const struct device device_copier = {
	.open = open_node,
	.set_up = set_up,
	.fill = fill,
	.start = device_queue,
};
