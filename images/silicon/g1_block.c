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
#define G1_SIZE			G1_REG(4)
#define   G1_COLUMNS		GENMASK(31, 23)
#define   G1_ROWS		GENMASK(18, 11)
#define G1_STREAM		G1_REG(6)
#define   G1_STREAM_BYTES	GENMASK(23, 0)
#define G1_H264_FRAME		G1_REG(7)
#define   G1_H264_NUMBER	GENMASK(15, 0)
#define G1_STREAM_BASE		G1_REG(12)
#define G1_PICTURE_BASE		G1_REG(13)
#define G1_MPEG2_FRAME		G1_REG(18)
#define   G1_MPEG2_F_CODES	GENMASK(18, 3)

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

static int g1_accept(struct silicon_block *block, struct silicon_job *job)
{
	struct decoder_task *task = job->data;
	u32 size = silicon_read(block, G1_SIZE);

	task->codec = FIELD_GET(G1_CODEC, silicon_read(block, G1_FORMAT));
	if (task->codec == DECODER_MPEG2)
		task->frame = FIELD_GET(G1_MPEG2_F_CODES, silicon_read(block, G1_MPEG2_FRAME));
	else
		task->frame = FIELD_GET(G1_H264_NUMBER, silicon_read(block, G1_H264_FRAME));
	task->width = FIELD_GET(G1_COLUMNS, size) * DECODER_MACROBLOCK;
	task->height = FIELD_GET(G1_ROWS, size) * DECODER_MACROBLOCK;
	task->stream = silicon_read(block, G1_STREAM_BASE);
	task->bytes = FIELD_GET(G1_STREAM_BYTES, silicon_read(block, G1_STREAM));
	task->picture = silicon_read(block, G1_PICTURE_BASE);
	return decoder_accept(job);
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
