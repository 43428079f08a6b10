// SPDX-License-Identifier: GPL-2.0-only
/* Drivers whose jobs make a known picture of another; equal ones are copies. */
#include <errno.h>
#include <string.h>

#include "conversion.h"
#include "copy.h"
#include "device.h"

static int open_node(struct copy *copy, const char *name)
{
	return m2m_open(&copy->m2m, name, 0);
}

/* -EINVAL if the driver wants something else than what was asked for. */
static int set_side(const struct m2m_queue *queue, struct conversion_side *side, const char *name,
		    __u32 width, __u32 height, bool bt709)
{
	struct m2m_format *format = &side->format;
	int ret;

	side->pixels = pixelformat_find(name);
	if (!side->pixels)
		return -EINVAL;
	format->width = width;
	format->height = height;
	format->pixelformat = side->pixels->code;
	/* Since 7.2 the RGA takes that of CAPTURE from OUTPUT, whatever is asked for there. */
	format->colorspace = bt709 ? V4L2_COLORSPACE_REC709 : 0;
	ret = m2m_set_format(queue, format);
	if (!ret && (format->width != width || format->height != height ||
		     format->pixelformat != side->pixels->code))
		ret = -EINVAL;
	return ret;
}

static int set_formats(struct copy *copy)
{
	const struct copy_options *options = &copy->options;
	__u32 width = options->width ? options->width : USUAL_WIDTH;
	__u32 height = options->height ? options->height : USUAL_HEIGHT;
	const char *name = options->format ? options->format : "RGB565";
	struct conversion *conversion = &copy->conversion;
	int ret;

	ret = set_side(&copy->m2m.output, &conversion->from, name, width, height, options->bt709);
	if (!ret)
		ret = set_side(&copy->m2m.capture, &conversion->to,
			       options->to ? options->to : name,
			       options->to_width ? options->to_width : width,
			       options->to_height ? options->to_height : height, options->bt709);
	copy->output = conversion->from.format;
	copy->format = conversion->to.format;
	return ret ? ret : conversion_prepare(conversion);
}

/* The RGA driver calls mirroring left and right VFLIP, and the other HFLIP. */
static int set_controls(struct copy *copy)
{
	const struct copy_options *options = &copy->options;
	struct conversion *conversion = &copy->conversion;
	bool exchanged = !strcmp(copy->m2m.driver, "rockchip-rga");
	int ret = 0;

	conversion->mirror_x = exchanged ? options->vflip : options->hflip;
	conversion->mirror_y = exchanged ? options->hflip : options->vflip;
	conversion->degrees = options->rotate;
	conversion->colours = options->full ? BT601_FULL : options->bt709 ? BT709 : BT601;
	if (options->hflip)
		ret = m2m_set_control(&copy->m2m, V4L2_CID_HFLIP, 1);
	if (!ret && options->vflip)
		ret = m2m_set_control(&copy->m2m, V4L2_CID_VFLIP, 1);
	if (!ret && options->rotate)
		ret = m2m_set_control(&copy->m2m, V4L2_CID_ROTATE, options->rotate);
	return ret;
}

static int set_up(struct copy *copy, __u64 msec)
{
	int ret;

	ret = m2m_set_job_time(&copy->m2m, msec);
	if (!ret)
		ret = set_controls(copy);
	if (!ret)
		ret = set_formats(copy);
	if (!ret && !conversion_is_copy(&copy->conversion))
		copy->device = &device_converter;
	return ret;
}

static __u32 fill(struct copy *copy, unsigned int index)
{
	conversion_fill(&copy->conversion, &copy->m2m.output.buffer[index], copy->seed, copy->fed);
	return copy->output.sizeimage[0];
}

static int start(struct copy *copy, unsigned int index)
{
	return m2m_qbuf(&copy->m2m.output, index, copy->output.sizeimage);
}

static size_t wrong(const struct copy *copy, const struct m2m_buffer *buffer, unsigned int frame)
{
	return conversion_wrong(&copy->conversion, buffer, copy->seed, frame);
}

static void draw(const struct copy *copy, unsigned int frame, void *const *plane)
{
	conversion_draw(&copy->conversion, copy->seed, frame, plane);
}

static size_t differs(const struct copy *copy, const struct m2m_buffer *buffer,
		      void *const *plane)
{
	return conversion_differs(&copy->conversion, buffer, plane);
}

const struct device device_copier = {
	.open = open_node,
	.set_up = set_up,
	.fill = fill,
	.start = start,
	.draw = draw,
	.differs = differs,
};

const struct device device_converter = {
	.open = open_node,
	.set_up = set_up,
	.fill = fill,
	.start = start,
	.wrong = wrong,
	.draw = draw,
	.differs = differs,
};
