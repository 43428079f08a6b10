// SPDX-License-Identifier: GPL-2.0-only
/*
 * visl: a stateless decoder that decodes nothing and draws a test pattern. What
 * it draws depends on the states of its queues, so a picture is only known to
 * be whole: the bytes that no limited-range pattern has are gone.
 */
#include <string.h>

#include "copy.h"
#include "device.h"

/* Below the range of luma and chroma. */
#define UNDRAWN		0x01

/* visl does not look into the bitstream. */
#define PAYLOAD		4096

static int open_node(struct copy *copy, const char *name)
{
	(void)name;
	return m2m_open_decoder(&copy->m2m, "visl", V4L2_PIX_FMT_MPEG2_SLICE);
}

static int set_up_direct(struct copy *copy, __u64 msec)
{
	int ret;

	ret = device_set_parameter("visl", "visl_transtime_ms", msec);
	copy->output = (struct m2m_format){
		.width = USUAL_WIDTH,
		.height = USUAL_HEIGHT,
		.pixelformat = V4L2_PIX_FMT_MPEG2_SLICE,
	};
	copy->format = copy->output;
	copy->format.pixelformat = V4L2_PIX_FMT_NV12;
	if (!ret)
		ret = m2m_set_format(&copy->m2m.output, &copy->output);
	if (!ret)
		ret = m2m_set_format(&copy->m2m.capture, &copy->format);
	return ret;
}

static int set_up(struct copy *copy, __u64 msec)
{
	int ret = set_up_direct(copy, msec);

	return ret ? ret : device_open_requests(copy);
}

static __u32 fill(struct copy *copy, unsigned int index)
{
	memset(copy->m2m.output.buffer[index].plane[0].map, copy->fed, PAYLOAD);
	memset(copy->m2m.capture.buffer[index].plane[0].map, UNDRAWN, copy->format.sizeimage[0]);
	return PAYLOAD;
}

static int prepare(struct copy *copy, unsigned int index)
{
	struct v4l2_ctrl_mpeg2_sequence sequence = {
		.horizontal_size = copy->output.width,
		.vertical_size = copy->output.height,
		.chroma_format = 1,
	};
	struct v4l2_ext_control control = {
		.id = V4L2_CID_STATELESS_MPEG2_SEQUENCE,
		.size = sizeof(sequence),
		.ptr = &sequence,
	};

	return device_request(copy, index, &control, 1);
}

static size_t wrong(const struct copy *copy, const struct m2m_buffer *buffer, unsigned int frame)
{
	const unsigned char *byte = buffer->plane[0].map;
	size_t i, undrawn = 0;

	(void)frame;
	for (i = 0; i < copy->format.sizeimage[0]; i++)
		undrawn += byte[i] == UNDRAWN;
	return undrawn;
}

const struct device devices_visl[] = {
	{
		.name = "visl",
		.blocks = true,
		.open = open_node,
		.set_up = set_up,
		.fill = fill,
		.prepare = prepare,
		.start = device_queue_request,
		.wrong = wrong,
	},
	/* Without requests: visl takes the buffer as it comes. */
	{
		.name = "visl-direct",
		.blocks = true,
		.open = open_node,
		.set_up = set_up_direct,
		.fill = fill,
		.start = device_queue,
		.wrong = wrong,
	},
	{ 0 }
};
