// SPDX-License-Identifier: GPL-2.0-only
/*
 * FIMG2D 4.1, the 2D engine of Samsung's Exynos 4. A job is what the registers
 * say: a rectangle of the source goes to one of the destination, scaled to the
 * nearest pixel, mirrored, and with all bits of the colours inverted if the
 * raster operation says so. What conversion does to the bits of a component is
 * in rga_image.h.
 *
 * Bit 0 of the direction mirrors left and right, bit 1 top and bottom. Pixels are
 * little-endian words with red in the upper bits. The X of a format is an alpha
 * like any other.
 *
 * There is no status that tells of an error: every end is an end.
 */
#include <linux/bitfield.h>
#include <linux/bits.h>

#include "rga_image.h"
#include "silicon.h"

#define G2D_RESET		0x000
#define G2D_PENDING		0x00c
#define   G2D_DONE		BIT(0)
#define G2D_START		0x100
#define G2D_DIRECTION		0x204
#define   G2D_FLIPS		GENMASK(1, 0)
#define G2D_SRC			0x300
#define G2D_DST			0x400
/* From either on. */
#define   G2D_ADDRESS		0x04
#define   G2D_STRIDE		0x08
#define   G2D_FORMAT		0x0c
#define   G2D_LEFT_TOP		0x10
#define   G2D_RIGHT_BOTTOM	0x14
#define     G2D_X		GENMASK(12, 0)
#define     G2D_Y		GENMASK(28, 16)
#define G2D_ROP			0x614
#define   G2D_COPY		0xcccc
#define   G2D_INVERT		0x3333

struct g2d_task {
	struct rga_task image;
	bool invert;
};

/* The formats of the RGA2 with the same bits, red and blue swapped, by ours. */
static const u8 g2d_formats[] = { 0, 0, 4, 5, 5, 6, 6, 2 };

static bool g2d_start(struct silicon_block *block)
{
	if (!(silicon_read(block, G2D_START) & BIT(0)))
		return false;
	silicon_write(block, G2D_START, 0);
	/* The driver resets before each job, and does not wait for it. */
	silicon_write(block, G2D_RESET, 0);
	silicon_modify(block, G2D_PENDING, G2D_DONE, 0);
	return true;
}

static bool g2d_stopped(struct silicon_block *block)
{
	return silicon_read(block, G2D_RESET) & BIT(0);
}

static int g2d_image(struct silicon_block *block, struct rga_image *image, u32 side)
{
	u32 from = silicon_read(block, side + G2D_LEFT_TOP);
	u32 to = silicon_read(block, side + G2D_RIGHT_BOTTOM);
	u32 format = silicon_read(block, side + G2D_FORMAT);

	if (format >= ARRAY_SIZE(g2d_formats) ||
	    FIELD_GET(G2D_X, to) <= FIELD_GET(G2D_X, from) ||
	    FIELD_GET(G2D_Y, to) <= FIELD_GET(G2D_Y, from))
		return -EINVAL;
	image->format = rga_format(g2d_formats[format]);
	image->swap = RGA_SWAP_RED_BLUE;
	image->width = FIELD_GET(G2D_X, to) - FIELD_GET(G2D_X, from);
	image->height = FIELD_GET(G2D_Y, to) - FIELD_GET(G2D_Y, from);
	image->stride = silicon_read(block, side + G2D_STRIDE);
	image->y = silicon_read(block, side + G2D_ADDRESS) +
		   FIELD_GET(G2D_Y, from) * image->stride +
		   FIELD_GET(G2D_X, from) * image->format->bytes;
	rga_open_window(block, &image->luma, 0, false);
	return 0;
}

static int g2d_accept(struct silicon_block *block, struct silicon_job *job)
{
	struct g2d_task *task = job->data;
	u32 rop = silicon_read(block, G2D_ROP);
	int ret;

	if (rop != G2D_COPY && rop != G2D_INVERT)
		return -EINVAL;
	task->invert = rop == G2D_INVERT;
	ret = g2d_image(block, &task->image.source, G2D_SRC);
	if (!ret)
		ret = g2d_image(block, &task->image.destination, G2D_DST);
	if (ret)
		return ret;
	task->image.mirror = FIELD_GET(G2D_FLIPS, silicon_read(block, G2D_DIRECTION));
	job->record.destination = rga_task_destination(&task->image);
	return 0;
}

static void g2d_invert(struct rga_image *image, const struct silicon_job *job)
{
	u32 rows = job->half ? image->height / 2 : image->height;
	u32 x, y, left;
	u8 *byte;

	for (y = 0; y < rows && !silicon_cut(job); y++) {
		for (x = 0; x < image->width * image->format->bytes; x++) {
			byte = rga_byte(&image->luma, image->y + y * image->stride + x, &left);
			if (byte)
				*byte = ~*byte;
		}
	}
}

static void g2d_work(struct silicon_block *block, struct silicon_job *job)
{
	struct g2d_task *task = job->data;

	rga_task_run(&task->image, job);
	if (task->invert)
		g2d_invert(&task->image.destination, job);
}

static void g2d_complete(struct silicon_block *block, struct silicon_job *job)
{
	silicon_modify(block, G2D_PENDING, 0, G2D_DONE);
}

/* All registers are zero. */
static void g2d_reset(struct silicon_block *block)
{
}

const struct silicon_ops silicon_g2d = {
	.name = "g2d",
	.compatible = "samsung,exynos4212-g2d",
	.job_size = sizeof(struct g2d_task),
	.clock_per_job = true,
	.reset = g2d_reset,
	.start = g2d_start,
	.stopped = g2d_stopped,
	.accept = g2d_accept,
	.work = g2d_work,
	.complete = g2d_complete,
};
