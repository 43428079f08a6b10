// SPDX-License-Identifier: GPL-2.0-only
/*
 * The G-Scaler of Samsung's Exynos 5. A job is what the registers say: a rectangle
 * of the source goes to one of the destination, scaled to the nearest pixel, turned
 * clockwise, then mirrored, and between RGB and YUV as rga_image.h says. The colours
 * are those that the RGB side says. The X of XRGB8888 is an alpha like any other, and
 * the alpha of the registers is not looked at.
 *
 * Lines have no length of their own: they are as long as pictures are wide.
 *
 * It resets itself when it is told to, at once; its driver waits for the bit to go.
 * What is a failure here is an overrun.
 */
#include <linux/bitfield.h>
#include <linux/bits.h>

#include "rga_image.h"
#include "silicon.h"

#define GSC_ENABLE		0x00
#define   GSC_ON		BIT(0)
#define   GSC_UPDATE		BIT(1)
#define GSC_SW_RESET		0x04
#define   GSC_RESET		BIT(0)
#define GSC_IRQ			0x08
#define   GSC_OVERRUN		BIT(17)
#define   GSC_DONE		BIT(16)
#define GSC_IN			0x10
#define   GSC_TURN		GENMASK(18, 16)
#define   GSC_IN_HD		BIT(15)
#define   GSC_IN_SWAPPED	BIT(12)
#define   GSC_IN_FORMAT		GENMASK(10, 8)
#define GSC_IN_SIZE		0x14
#define GSC_IN_OFFSET		0x18
#define GSC_IN_PART		0x1c
#define GSC_OUT			0x20
#define   GSC_OUT_HD		BIT(11)
#define   GSC_OUT_SWAPPED	BIT(8)
#define   GSC_OUT_FORMAT	GENMASK(6, 4)
#define GSC_OUT_PART		0x24
#define GSC_OUT_SIZE		0x40
#define GSC_OUT_OFFSET		0x44
/* Of either side: Y, U, V. */
#define GSC_IN_ADDRESS		0x50
#define GSC_IN_NEXT		0x30
#define GSC_OUT_ADDRESS		0x110
#define GSC_OUT_NEXT		0x50
/* Of all sizes and offsets. */
#define   GSC_X			GENMASK(15, 0)
#define   GSC_Y			GENMASK(31, 16)

/* The formats of the RGA2 with the same bytes, and what is swapped of them. */
static const struct gsc_format {
	u8 known;
	u8 rga;
	u8 swap;
} gsc_formats[] = {
	{ true, 0, RGA_SWAP_RED_BLUE },		/* XRGB8888 */
	{ true, 4, RGA_SWAP_RED_BLUE },		/* RGB565 */
	{ true, 10 },				/* 4:2:0, two planes */
	{ true, 11 },				/* 4:2:0, three planes */
	{ false },				/* 4:2:2, one plane */
	{ true, 8 },				/* 4:2:2, two planes */
	{ true, 9 },				/* 4:2:2, three planes */
	{ false },
};

/* What the bits of GSC_TURN do, in quarters and as rga_image.h counts mirrors. */
static const struct gsc_turn {
	u8 quarters;
	u8 mirror;
} gsc_turns[] = {
	{ 0, 0 }, { 0, 1 }, { 0, 2 }, { 2, 0 }, { 1, 0 }, { 1, 1 }, { 1, 2 }, { 3, 0 },
};

struct gsc_side {
	u32 format;
	bool swapped;
	u32 size;
	u32 offset;
	u32 address;
	u32 next;
};

/* All registers are zero. */
static void gsc_reset(struct silicon_block *block)
{
}

/* Who asked for a reset waits until the bit is gone, and writes nothing before. */
static void gsc_start_again(struct silicon_block *block)
{
	silicon_write(block, GSC_ENABLE, 0);
	silicon_write(block, GSC_IRQ, 0);
	silicon_write(block, GSC_IN, 0);
	silicon_write(block, GSC_OUT, 0);
	silicon_write(block, GSC_SW_RESET, 0);
}

static bool gsc_start(struct silicon_block *block)
{
	if (silicon_read(block, GSC_SW_RESET) & GSC_RESET)
		gsc_start_again(block);
	if (!(silicon_read(block, GSC_ENABLE) & GSC_ON))
		return false;
	silicon_modify(block, GSC_ENABLE, GSC_ON | GSC_UPDATE, 0);
	/* What the driver has cleared by writing a one is still one in memory. */
	silicon_modify(block, GSC_IRQ, GSC_DONE | GSC_OVERRUN, 0);
	return true;
}

static bool gsc_stopped(struct silicon_block *block)
{
	return silicon_read(block, GSC_SW_RESET) & GSC_RESET;
}

static int gsc_image(struct silicon_block *block, struct rga_image *image,
		     const struct gsc_side *side)
{
	const struct gsc_format *format = &gsc_formats[side->format];
	u32 size = silicon_read(block, side->size);
	u32 offset = silicon_read(block, side->offset);
	u32 x = FIELD_GET(GSC_X, offset), y = FIELD_GET(GSC_Y, offset);
	u32 line, at;

	if (!format->known || !image->width || !image->height ||
	    x + image->width > FIELD_GET(GSC_X, size) ||
	    y + image->height > FIELD_GET(GSC_Y, size))
		return -EINVAL;
	image->format = rga_format(format->rga);
	image->swap = format->swap | (side->swapped ? RGA_SWAP_CHROMA : 0);
	image->stride = FIELD_GET(GSC_X, size) * image->format->bytes;
	image->y = silicon_read(block, side->address) + y * image->stride +
		   x * image->format->bytes;
	rga_open_window(block, &image->luma, 0, false);
	if (!image->format->yuv)
		return 0;
	image->chroma_stride = image->format->interleaved ? image->stride : image->stride / 2;
	line = y / image->format->ydiv * image->chroma_stride;
	at = line + (image->format->interleaved ? x / 2 * 2 : x / 2);
	image->u = silicon_read(block, side->address + side->next) + at;
	image->v = silicon_read(block, side->address + 2 * side->next) + at;
	rga_open_window(block, &image->chroma[0], 0, false);
	rga_open_window(block, &image->chroma[1], 0, false);
	return 0;
}

static int gsc_accept(struct silicon_block *block, struct silicon_job *job)
{
	struct rga_task *task = job->data;
	u32 in = silicon_read(block, GSC_IN), out = silicon_read(block, GSC_OUT);
	u32 from = silicon_read(block, GSC_IN_PART), to = silicon_read(block, GSC_OUT_PART);
	const struct gsc_turn *turn = &gsc_turns[FIELD_GET(GSC_TURN, in)];
	const struct gsc_side source = {
		.format = FIELD_GET(GSC_IN_FORMAT, in),
		.swapped = in & GSC_IN_SWAPPED,
		.size = GSC_IN_SIZE,
		.offset = GSC_IN_OFFSET,
		.address = GSC_IN_ADDRESS,
		.next = GSC_IN_NEXT,
	};
	const struct gsc_side destination = {
		.format = FIELD_GET(GSC_OUT_FORMAT, out),
		.swapped = out & GSC_OUT_SWAPPED,
		.size = GSC_OUT_SIZE,
		.offset = GSC_OUT_OFFSET,
		.address = GSC_OUT_ADDRESS,
		.next = GSC_OUT_NEXT,
	};
	bool hd;
	int ret;

	task->rotate = turn->quarters;
	task->mirror = turn->mirror;
	task->source.width = FIELD_GET(GSC_X, from);
	task->source.height = FIELD_GET(GSC_Y, from);
	/* What is scaled to is said as it is before the turn. */
	task->destination.width = FIELD_GET(GSC_X, to);
	task->destination.height = FIELD_GET(GSC_Y, to);
	if (turn->quarters & 1)
		swap(task->destination.width, task->destination.height);
	ret = gsc_image(block, &task->source, &source);
	if (!ret)
		ret = gsc_image(block, &task->destination, &destination);
	if (ret)
		return ret;
	hd = task->source.format->yuv ? out & GSC_OUT_HD : in & GSC_IN_HD;
	task->csc = hd ? RGA_BT709 : RGA_BT601;
	job->record.destination = rga_task_destination(task);
	return 0;
}

static void gsc_work(struct silicon_block *block, struct silicon_job *job)
{
	rga_task_run(job->data, job);
}

static void gsc_complete(struct silicon_block *block, struct silicon_job *job)
{
	silicon_modify(block, GSC_IRQ, GSC_DONE | GSC_OVERRUN,
		       job->error ? GSC_OVERRUN : GSC_DONE);
}

static bool gsc_wrote(struct silicon_block *block, unsigned int window, u32 offset, u32 value)
{
	return (offset == GSC_ENABLE && value & GSC_ON) ||
	       (offset == GSC_SW_RESET && value & GSC_RESET);
}

const struct silicon_ops silicon_gsc = {
	.name = "gsc",
	.compatible = "samsung,exynos5433-gsc",
	.job_size = sizeof(struct rga_task),
	.reset = gsc_reset,
	.start = gsc_start,
	.stopped = gsc_stopped,
	.accept = gsc_accept,
	.work = gsc_work,
	.complete = gsc_complete,
	.wrote = gsc_wrote,
};
