// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Hantro G1 decoder, as Rockchip's RK3036 has it, as far as MPEG-2 and H.264
 * go. decoder_picture.h says what it makes of a bitstream.
 */
#include <linux/bitfield.h>
#include <linux/bits.h>

#include "decoder_picture.h"
#include "silicon.h"

/* The decoder's registers come after the encoder's, of which this one has none. */
#define G1_REG(n)		(0x400 + 4 * (n))

/* Starts, stops and reports. */
#define G1_INTERRUPT		G1_REG(1)
#define   G1_INT_ERROR		BIT(16)
#define   G1_INT_READY		BIT(12)
#define   G1_INT		BIT(8)
#define   G1_STOP		BIT(4)
#define   G1_START		BIT(0)
#define G1_FORMAT		G1_REG(3)
#define   G1_CODEC		GENMASK(31, 28)
#define   G1_FIELD		BIT(22)
#define   G1_MPEG2_B		BIT(21)
#define   G1_MPEG2_INTER	BIT(20)
#define G1_SIZE			G1_REG(4)
#define   G1_COLUMNS		GENMASK(31, 23)
#define   G1_ROWS		GENMASK(18, 11)
#define G1_STREAM		G1_REG(6)
#define   G1_STREAM_BYTES	GENMASK(23, 0)
#define G1_H264_FRAME		G1_REG(7)
#define   G1_H264_NUMBER	GENMASK(15, 0)
#define G1_H264_LIST_4(n)	G1_REG(10 + (n))
#define G1_STREAM_BASE		G1_REG(12)
#define G1_PICTURE_BASE		G1_REG(13)
#define G1_REFERENCE(n)		G1_REG(14 + (n))
#define   G1_MPEG2_FORWARD	0
#define   G1_MPEG2_BACKWARD	2
#define G1_MPEG2_FRAME		G1_REG(18)
#define   G1_MPEG2_F_CODES	GENMASK(18, 3)
#define G1_H264_VALID		G1_REG(39)
#define G1_H264_LIST_0		G1_REG(47)

/* An entry of the list of P slices; the first four have 10 bits of others before them. */
#define G1_LIST_BITS		5
#define G1_LIST_MASK		GENMASK(4, 0)
#define G1_LIST_0_ENTRIES	4
#define G1_LIST_0_SHIFT		10
#define G1_LIST_ENTRIES		6

/* The post-processor. */
#define G1_PP			G1_REG(60)
#define   G1_PP_PIPELINE	BIT(1)
#define G1_PP_BASE		G1_REG(66)
#define G1_PP_INPUT		G1_REG(72)
#define   G1_PP_ROWS		GENMASK(17, 9)
#define   G1_PP_COLUMNS		GENMASK(8, 0)
#define G1_PP_CONTROL		G1_REG(85)
#define   G1_PP_FROM		GENMASK(31, 29)
#define   G1_PP_FROM_NV12	1
#define   G1_PP_TO		GENMASK(28, 26)
#define   G1_PP_TO_YUYV		3
#define   G1_PP_HEIGHT		GENMASK(25, 15)
#define   G1_PP_WIDTH		GENMASK(14, 4)

static void g1_reset(struct silicon_block *block)
{
	/* All registers are zero after power-on. */
}

static bool g1_start(struct silicon_block *block)
{
	if (!(silicon_read(block, G1_INTERRUPT) & G1_START))
		return false;
	silicon_modify(block, G1_INTERRUPT, G1_START, 0);
	return true;
}

static bool g1_stopped(struct silicon_block *block)
{
	return silicon_read(block, G1_INTERRUPT) & G1_STOP;
}

static void g1_mpeg2_references(struct silicon_block *block, struct decoder_task *task, u32 format)
{
	if (!(format & G1_MPEG2_INTER))
		return;
	task->reference[task->references++] =
		silicon_read(block, G1_REFERENCE(G1_MPEG2_FORWARD));
	if (format & G1_MPEG2_B)
		task->reference[task->references++] =
			silicon_read(block, G1_REFERENCE(G1_MPEG2_BACKWARD));
}

static u8 g1_list_entry(struct silicon_block *block, unsigned int entry)
{
	u32 word, shift;

	if (entry < G1_LIST_0_ENTRIES) {
		word = silicon_read(block, G1_H264_LIST_0);
		shift = G1_LIST_0_SHIFT + entry * G1_LIST_BITS;
	} else {
		entry -= G1_LIST_0_ENTRIES;
		word = silicon_read(block, G1_H264_LIST_4(entry / G1_LIST_ENTRIES));
		shift = entry % G1_LIST_ENTRIES * G1_LIST_BITS;
	}
	return word >> shift & G1_LIST_MASK;
}

static void g1_h264_references(struct silicon_block *block, struct decoder_task *task)
{
	u32 address[DECODER_REFERENCES];
	u8 list[DECODER_REFERENCES];
	unsigned int i;

	for (i = 0; i < DECODER_REFERENCES; i++) {
		address[i] = silicon_read(block, G1_REFERENCE(i));
		list[i] = g1_list_entry(block, i);
	}
	decoder_refer(task, silicon_read(block, G1_H264_VALID), list, address);
}

/* It neither scales nor crops here, and makes nothing else. */
static int g1_post_processor(struct silicon_block *block, struct decoder_task *task)
{
	u32 control, input;

	if (!(silicon_read(block, G1_PP) & G1_PP_PIPELINE))
		return 0;
	task->shown = silicon_read(block, G1_PP_BASE);
	control = silicon_read(block, G1_PP_CONTROL);
	input = silicon_read(block, G1_PP_INPUT);
	if (FIELD_GET(G1_PP_FROM, control) != G1_PP_FROM_NV12 ||
	    FIELD_GET(G1_PP_TO, control) != G1_PP_TO_YUYV ||
	    FIELD_GET(G1_PP_COLUMNS, input) * DECODER_MACROBLOCK != task->width ||
	    FIELD_GET(G1_PP_ROWS, input) * DECODER_MACROBLOCK != task->height ||
	    FIELD_GET(G1_PP_WIDTH, control) != task->width ||
	    FIELD_GET(G1_PP_HEIGHT, control) != task->height || !task->shown)
		return -EINVAL;
	return 0;
}

static int g1_accept(struct silicon_block *block, struct silicon_job *job)
{
	struct decoder_task *task = job->data;
	u32 format = silicon_read(block, G1_FORMAT);
	u32 size = silicon_read(block, G1_SIZE);
	int ret;

	task->codec = FIELD_GET(G1_CODEC, format);
	if (task->codec == DECODER_MPEG2)
		task->frame = FIELD_GET(G1_MPEG2_F_CODES, silicon_read(block, G1_MPEG2_FRAME));
	else
		task->frame = FIELD_GET(G1_H264_NUMBER, silicon_read(block, G1_H264_FRAME));
	task->width = FIELD_GET(G1_COLUMNS, size) * DECODER_MACROBLOCK;
	task->height = FIELD_GET(G1_ROWS, size) * DECODER_MACROBLOCK;
	task->stream = silicon_read(block, G1_STREAM_BASE);
	task->bytes = FIELD_GET(G1_STREAM_BYTES, silicon_read(block, G1_STREAM));
	task->picture = silicon_read(block, G1_PICTURE_BASE);
	if (task->codec == DECODER_MPEG2 && !(format & G1_FIELD))
		g1_mpeg2_references(block, task, format);
	else if (!(format & G1_FIELD))
		g1_h264_references(block, task);
	ret = g1_post_processor(block, task);
	return ret ? ret : decoder_accept(job);
}

/* Of a job that is over it may come while the driver starts the next one. */
static void g1_complete(struct silicon_block *block, struct silicon_job *job)
{
	silicon_modify(block, G1_INTERRUPT, G1_INT_ERROR | G1_INT_READY,
		       G1_INT | (job->error ? G1_INT_ERROR : G1_INT_READY));
}

const struct silicon_ops silicon_g1 = {
	.name = "g1",
	.compatible = "rockchip,rk3036-vpu",
	.job_size = sizeof(struct decoder_task),
	.clock_per_job = true,
	.reset = g1_reset,
	.start = g1_start,
	.stopped = g1_stopped,
	.accept = g1_accept,
	.work = decoder_work,
	.complete = g1_complete,
};
