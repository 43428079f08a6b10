// SPDX-License-Identifier: GPL-2.0-only
/*
 * visl: a stateless decoder that decodes nothing and draws a test pattern. What
 * it writes over that depends on the states of its queues, so of a letter it is
 * only known that it has the colours of letters. Every other byte is checked.
 */
#include <string.h>

#include "copy.h"
#include "device.h"

/* Below the range of luma and chroma: no pattern has it. */
#define UNDRAWN		0x01

/* visl does not look into the bitstream. */
#define PAYLOAD		4096

/* Letters are written from there on, to the right and down, white on black. */
#define TEXT		16

struct colour {
	unsigned char y;
	unsigned char uv[2];
};

/* Eight bars of three quarters of all light, by BT.601 and as v4l2-tpg rounds them. */
static const struct colour bars[] = {
	{ 179, { 128, 128 } }, { 160, { 44, 141 } }, { 130, { 156, 44 } }, { 111, { 72, 58 } },
	{ 83, { 183, 197 } }, { 64, { 99, 211 } }, { 34, { 211, 114 } }, { 16, { 128, 128 } },
};

static const struct colour white = { 179, { 128, 128 } };
static const struct colour black = { 16, { 128, 128 } };

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

static const struct colour *bar(const struct copy *copy, unsigned int x)
{
	return &bars[x * (sizeof(bars) / sizeof(*bars)) / copy->format.width];
}

static size_t wrong_luma(const struct copy *copy, const unsigned char *byte)
{
	unsigned int x, y;
	size_t count = 0;
	bool text;

	for (y = 0; y < copy->format.height; y++) {
		for (x = 0; x < copy->format.width; x++, byte++) {
			text = x >= TEXT && y >= TEXT;
			count += *byte != bar(copy, x)->y &&
				 !(text && (*byte == white.y || *byte == black.y));
		}
	}
	return count;
}

/* NV12: a pair for four pixels. White and black have the same. */
static size_t wrong_chroma(const struct copy *copy, const unsigned char *byte)
{
	unsigned int x, y;
	size_t count = 0;
	bool text;

	for (y = 0; y < copy->format.height; y += 2) {
		for (x = 0; x < copy->format.width; x++, byte++) {
			text = x >= TEXT && y >= TEXT;
			count += *byte != bar(copy, x & ~1)->uv[x & 1] &&
				 !(text && *byte == white.uv[0]);
		}
	}
	return count;
}

static size_t wrong(const struct copy *copy, const struct m2m_buffer *buffer, unsigned int frame)
{
	const unsigned char *luma = buffer->plane[0].map;
	size_t pixels = (size_t)copy->format.width * copy->format.height;

	(void)frame;
	return wrong_luma(copy, luma) + wrong_chroma(copy, luma + pixels);
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
