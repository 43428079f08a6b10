// SPDX-License-Identifier: GPL-2.0-only
/*
 * GE2D, the 2D engine of Amlogic's AXG. A job is what the registers say: the
 * clipped part of source 1 goes to the clipped part of the destination, pixel by
 * pixel, mirrored, and with rows and columns exchanged if the driver asks for
 * it. What conversion does to the bits of a component is in rga_image.h; the
 * operation on colours and alpha is taken to be what the driver asks for, a
 * copy, and sources of different size are scaled to the nearest pixel.
 *
 * SRC1_Y_REV mirrors left and right, SRC1_X_REV top and bottom, before rows and
 * columns are exchanged: the names say otherwise, but only so do the driver's
 * quarter turns go clockwise. Addresses and strides count 8 bytes. Of the formats
 * those with words of 8888, 888, 565, 1555 and 4444 bits, little-endian. A
 * format says nothing of whether its alpha is used, so it is copied like any
 * other component.
 *
 * The engine is busy from its start to its end; there is no flag for an error,
 * it is an end like any other.
 */
#include <linux/bitfield.h>
#include <linux/bits.h>

#include "rga_image.h"
#include "silicon.h"

#define GE2D(number)		((0x8a0 + (number)) * 4)
#define GE2D_CTRL1		GE2D(0x01)
#define   GE2D_SOFT_RESET	BIT(31)
#define GE2D_CTRL2		GE2D(0x02)
#define   GE2D_DST_MAP		GENMASK(22, 19)
#define   GE2D_DST_FORMAT	GENMASK(17, 16)
#define   GE2D_SRC_MAP		GENMASK(6, 3)
#define   GE2D_SRC_FORMAT	GENMASK(1, 0)
#define GE2D_CMD		GE2D(0x03)
#define   GE2D_START		BIT(0)
#define   GE2D_FLIP_Y		BIT(1)
#define   GE2D_FLIP_X		BIT(2)
#define   GE2D_SWAP_XY		BIT(7)
#define GE2D_STATUS		GE2D(0x04)
#define   GE2D_BUSY		BIT(0)
#define GE2D_SRC_CLIP_X		GE2D(0x07)
#define GE2D_SRC_CLIP_Y		GE2D(0x08)
#define GE2D_DST_CLIP_X		GE2D(0x14)
#define GE2D_DST_CLIP_Y		GE2D(0x15)
#define   GE2D_FIRST		GENMASK(28, 16)
#define   GE2D_LAST		GENMASK(12, 0)
#define GE2D_DST_ADDRESS	GE2D(0x51)
#define GE2D_DST_STRIDE		GE2D(0x52)
#define GE2D_SRC_ADDRESS	GE2D(0x53)
#define GE2D_SRC_STRIDE		GE2D(0x54)
#define   GE2D_STRIDE		GENMASK(19, 0)

/* Bytes of a pixel, less one, and its map of colours. */
static const struct ge2d_format {
	u8 bytes;
	u8 map;
	u8 rga;
	u8 swap;
} ge2d_formats[] = {
	/* ARGB8888, ABGR8888, BGRA8888, RGBA8888, first the upper bits */
	{ 3, 1, 0, RGA_SWAP_RED_BLUE },
	{ 3, 2, 0 },
	{ 3, 3, 0, RGA_SWAP_ALPHA },
	{ 3, 0, 0, RGA_SWAP_ALPHA | RGA_SWAP_RED_BLUE },
	{ 2, 0, 2, RGA_SWAP_RED_BLUE },
	{ 2, 5, 2 },
	{ 1, 5, 4, RGA_SWAP_RED_BLUE },
	{ 1, 7, 5, RGA_SWAP_RED_BLUE },
	{ 1, 6, 6, RGA_SWAP_RED_BLUE },
};

/* A command is taken by being gone; from then on the engine is busy. */
static bool ge2d_start(struct silicon_block *block)
{
	if (!(silicon_read(block, GE2D_CMD) & GE2D_START))
		return false;
	silicon_modify(block, GE2D_CMD, GE2D_START, 0);
	silicon_modify(block, GE2D_STATUS, 0, GE2D_BUSY);
	return true;
}

static bool ge2d_stopped(struct silicon_block *block)
{
	return silicon_read(block, GE2D_CTRL1) & GE2D_SOFT_RESET;
}

static int ge2d_image(struct silicon_block *block, struct rga_image *image, u32 bytes, u32 map,
		      u32 clip_x, u32 clip_y, u32 address, u32 stride)
{
	const struct ge2d_format *format = ge2d_formats;
	u32 x = silicon_read(block, clip_x), y = silicon_read(block, clip_y);

	while (format->bytes != bytes || format->map != map)
		if (++format == ge2d_formats + ARRAY_SIZE(ge2d_formats))
			return -EINVAL;
	if (FIELD_GET(GE2D_LAST, x) < FIELD_GET(GE2D_FIRST, x) ||
	    FIELD_GET(GE2D_LAST, y) < FIELD_GET(GE2D_FIRST, y))
		return -EINVAL;
	image->format = rga_format(format->rga);
	image->swap = format->swap;
	image->width = FIELD_GET(GE2D_LAST, x) - FIELD_GET(GE2D_FIRST, x) + 1;
	image->height = FIELD_GET(GE2D_LAST, y) - FIELD_GET(GE2D_FIRST, y) + 1;
	image->stride = FIELD_GET(GE2D_STRIDE, silicon_read(block, stride)) * 8;
	image->y = silicon_read(block, address) * 8 + FIELD_GET(GE2D_FIRST, y) * image->stride +
		   FIELD_GET(GE2D_FIRST, x) * image->format->bytes;
	rga_open_window(block, &image->luma, 0, false);
	return 0;
}

/*
 * Exchanging rows and columns, after the source was mirrored, is a quarter turn
 * of the source and a mirror of the destination.
 */
static void ge2d_directions(struct rga_task *task, u32 command)
{
	bool across = command & GE2D_FLIP_Y, down = command & GE2D_FLIP_X;

	task->rotate = command & GE2D_SWAP_XY ? 1 : 0;
	if (command & GE2D_SWAP_XY)
		task->mirror = (down ? 0 : 1) | (across ? 2 : 0);
	else
		task->mirror = (across ? 1 : 0) | (down ? 2 : 0);
}

static int ge2d_accept(struct silicon_block *block, struct silicon_job *job)
{
	struct rga_task *task = job->data;
	u32 formats = silicon_read(block, GE2D_CTRL2);
	int ret;

	ret = ge2d_image(block, &task->source, FIELD_GET(GE2D_SRC_FORMAT, formats),
			 FIELD_GET(GE2D_SRC_MAP, formats), GE2D_SRC_CLIP_X, GE2D_SRC_CLIP_Y,
			 GE2D_SRC_ADDRESS, GE2D_SRC_STRIDE);
	if (!ret)
		ret = ge2d_image(block, &task->destination, FIELD_GET(GE2D_DST_FORMAT, formats),
				 FIELD_GET(GE2D_DST_MAP, formats), GE2D_DST_CLIP_X,
				 GE2D_DST_CLIP_Y, GE2D_DST_ADDRESS, GE2D_DST_STRIDE);
	if (ret)
		return ret;
	ge2d_directions(task, silicon_read(block, GE2D_CMD));
	job->record.destination = rga_task_destination(task);
	return 0;
}

static void ge2d_work(struct silicon_block *block, struct silicon_job *job)
{
	rga_task_run(job->data, job);
}

static void ge2d_complete(struct silicon_block *block, struct silicon_job *job)
{
	silicon_modify(block, GE2D_STATUS, GE2D_BUSY, 0);
}

/* All registers are zero. */
static void ge2d_reset(struct silicon_block *block)
{
}

const struct silicon_ops silicon_ge2d = {
	.name = "ge2d",
	.compatible = "amlogic,axg-ge2d",
	.job_size = sizeof(struct rga_task),
	.reset = ge2d_reset,
	.start = ge2d_start,
	.stopped = ge2d_stopped,
	.accept = ge2d_accept,
	.work = ge2d_work,
	.complete = ge2d_complete,
};
