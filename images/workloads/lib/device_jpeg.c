// SPDX-License-Identifier: GPL-2.0-only
/*
 * JPEG encoders on imitated hardware, of hantro and the E5010, which a job takes as
 * long as the scenario says. What they make of a picture is known (vepu.h).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "copy.h"
#include "device.h"
#include "pattern.h"
#include "pixelformat.h"
#include "vepu.h"

static int open_node(struct copy *copy, const char *name)
{
	return m2m_open(&copy->m2m, name, V4L2_PIX_FMT_JPEG);
}

static const struct vepu_header *header_of(const struct copy *copy)
{
	return strcmp(copy->device->name, VEPU_DRIVER) ? &vepu_e5010 : &vepu_hantro;
}

static int set_up(struct copy *copy, __u64 msec)
{
	const __u32 usual = header_of(copy) == &vepu_hantro ? V4L2_PIX_FMT_YUYV :
							      V4L2_PIX_FMT_NV12M;
	const char *name = copy->options.format;
	const struct pixelformat *format = name ? pixelformat_find(name) : NULL;
	struct vepu vepu;
	int ret;

	(void)msec;
	copy->output = (struct m2m_format){
		.width = USUAL_WIDTH, .height = USUAL_HEIGHT,
		.pixelformat = format ? format->code : usual,
	};
	copy->format = copy->output;
	copy->format.pixelformat = V4L2_PIX_FMT_JPEG;
	ret = m2m_set_format(&copy->m2m.capture, &copy->format);
	if (!ret)
		ret = m2m_set_format(&copy->m2m.output, &copy->output);
	return ret ? ret : vepu_init(&vepu, header_of(copy), &copy->output);
}

static __u32 fill(struct copy *copy, unsigned int index)
{
	const struct m2m_buffer *buffer = &copy->m2m.output.buffer[index];
	unsigned int i;

	for (i = 0; i < copy->output.planes; i++)
		pattern_fill(buffer->plane[i].map, copy->output.sizeimage[i], copy->seed,
			     copy->fed, i);
	return copy->output.sizeimage[0];
}

static int start(struct copy *copy, unsigned int index)
{
	return m2m_qbuf(&copy->m2m.output, index, copy->output.sizeimage);
}

static size_t differs(const struct copy *copy, const struct m2m_buffer *buffer,
		      void *const *plane)
{
	struct m2m_buffer picture = { .planes = copy->output.planes };
	struct vepu vepu;
	unsigned int i;

	if (vepu_init(&vepu, header_of(copy), &copy->output))
		abort();
	for (i = 0; i < picture.planes; i++)
		picture.plane[i].map = plane[i];
	vepu_read(&vepu, &picture);
	return vepu_wrong(&vepu, buffer->plane[0].map);
}

/* Only the hardware's checksum of the picture is left of it, so it is drawn again. */
static size_t wrong(const struct copy *copy, const struct m2m_buffer *buffer, unsigned int frame)
{
	void *plane[M2M_PLANES_MAX] = { 0 };
	unsigned int i;
	size_t wrong;

	for (i = 0; i < copy->output.planes; i++) {
		plane[i] = malloc(copy->output.sizeimage[i]);
		if (!plane[i])
			abort();
		pattern_fill(plane[i], copy->output.sizeimage[i], copy->seed, frame, i);
	}
	wrong = differs(copy, buffer, plane);
	while (i)
		free(plane[--i]);
	return wrong;
}

const struct device devices_jpeg[] = {
	{
		.name = VEPU_DRIVER,
		.open = open_node,
		.set_up = set_up,
		.fill = fill,
		.start = start,
		.wrong = wrong,
		.differs = differs,
	},
	{
		.name = "e5010",
		.open = open_node,
		.set_up = set_up,
		.fill = fill,
		.start = start,
		.wrong = wrong,
		.differs = differs,
	},
	{ 0 }
};
