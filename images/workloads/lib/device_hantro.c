// SPDX-License-Identifier: GPL-2.0-only
/*
 * hantro's JPEG encoder on imitated hardware, which a job takes as long as the
 * scenario says. What it makes of a picture is known (vepu.h).
 */
#include <errno.h>
#include <stdlib.h>

#include "copy.h"
#include "device.h"
#include "pattern.h"
#include "vepu.h"

#define WIDTH		320
#define HEIGHT		240

static int open_node(struct copy *copy, const char *name)
{
	return m2m_open(&copy->m2m, name, V4L2_PIX_FMT_JPEG);
}

static int set_up(struct copy *copy, __u64 msec)
{
	struct vepu vepu;
	int ret;

	(void)msec;
	copy->output = (struct m2m_format){
		.width = WIDTH, .height = HEIGHT, .pixelformat = V4L2_PIX_FMT_YUYV,
	};
	copy->format = copy->output;
	copy->format.pixelformat = V4L2_PIX_FMT_JPEG;
	ret = m2m_set_format(&copy->m2m.capture, &copy->format);
	if (!ret)
		ret = m2m_set_format(&copy->m2m.output, &copy->output);
	return ret ? ret : vepu_init(&vepu, &copy->output);
}

static __u32 fill(struct copy *copy, unsigned int index)
{
	pattern_fill(copy->m2m.output.buffer[index].plane[0].map, copy->output.sizeimage[0],
		     copy->seed, copy->fed, 0);
	return copy->output.sizeimage[0];
}

/* Only the hardware's checksum of the picture is left of it, so it is drawn again. */
static size_t wrong(const struct copy *copy, unsigned int index, unsigned int frame)
{
	size_t size = copy->output.sizeimage[0], wrong;
	struct m2m_buffer picture = { .planes = 1 };
	struct vepu vepu;

	picture.plane[0].map = malloc(size);
	if (!picture.plane[0].map || vepu_init(&vepu, &copy->output))
		abort();
	pattern_fill(picture.plane[0].map, size, copy->seed, frame, 0);
	vepu_read(&vepu, &picture);
	wrong = vepu_wrong(&vepu, copy->m2m.capture.buffer[index].plane[0].map);
	free(picture.plane[0].map);
	return wrong;
}

const struct device device_hantro = {
	.name = VEPU_DRIVER,
	.open = open_node,
	.set_up = set_up,
	.fill = fill,
	.start = device_queue,
	.wrong = wrong,
};
