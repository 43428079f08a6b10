// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rotator of Allwinner's DE2. A job is what the registers say: a picture is
 * turned clockwise by a multiple of 90 degrees, then mirrored, left and right
 * (HFLIP), top and bottom (VFLIP). RGB formats stay what they are, and of their
 * pixels only the number of bytes counts; YUV formats become 4:2:0 with three
 * planes, as rga_image.h says.
 *
 * An error has no flag of its own here: it is an interrupt without any.
 */
#include <linux/bitfield.h>
#include <linux/bits.h>

#include "rga_image.h"
#include "silicon.h"

#define ROTATE_CTL		0x00
#define   ROTATE_START		BIT(31)
#define   ROTATE_RESET		BIT(30)
#define   ROTATE_HFLIP		BIT(7)
#define   ROTATE_VFLIP		BIT(6)
#define   ROTATE_TURNS		GENMASK(5, 4)
#define ROTATE_INT		0x04
#define   ROTATE_DONE		BIT(0)
#define ROTATE_FORMAT		0x20
#define ROTATE_IN		0x24
#define ROTATE_OUT		0x84
#define   ROTATE_WIDTH		GENMASK(12, 0)
#define   ROTATE_HEIGHT		GENMASK(28, 16)
/* From either size on: three pitches, and three addresses of 64 bits. */
#define ROTATE_PITCH		0x0c
#define ROTATE_ADDRESS		0x1c

#define ROTATE_YUV		0x20
/* The format of the RGA2 that YUV pictures get. */
#define ROTATE_420P		11

/* The formats of the RGA2 with the same bytes, and what is swapped of them. */
static const struct rotate_format {
	u8 known;
	u8 rga;
	u8 swap;
} rotate_formats[] = {
	[0x00 ... 0x07] = { true, 0 },
	[0x08 ... 0x09] = { true, 2 },
	[0x0a ... 0x0b] = { true, 4 },
	[0x0c ... 0x0f] = { true, 6 },
	[0x10 ... 0x13] = { true, 5 },
	[0x24] = { true, 8, RGA_SWAP_CHROMA },
	[0x25] = { true, 8 },
	[0x26] = { true, 9 },
	[0x28] = { true, 10, RGA_SWAP_CHROMA },
	[0x29] = { true, 10 },
	[0x2a] = { true, ROTATE_420P },
};

/* What the driver has cleared by writing a one is still one in memory. */
static bool rotate_start(struct silicon_block *block)
{
	if (!(silicon_read(block, ROTATE_CTL) & ROTATE_START))
		return false;
	silicon_modify(block, ROTATE_CTL, ROTATE_START, 0);
	silicon_modify(block, ROTATE_INT, ROTATE_DONE, 0);
	return true;
}

static bool rotate_stopped(struct silicon_block *block)
{
	return silicon_read(block, ROTATE_CTL) & ROTATE_RESET;
}

static int rotate_image(struct silicon_block *block, struct rga_image *image, u32 rga, u32 swap,
			u32 size)
{
	u32 in = silicon_read(block, size);

	image->format = rga_format(rga);
	image->swap = swap;
	image->width = FIELD_GET(ROTATE_WIDTH, in) + 1;
	image->height = FIELD_GET(ROTATE_HEIGHT, in) + 1;
	image->stride = silicon_read(block, size + ROTATE_PITCH);
	image->chroma_stride = silicon_read(block, size + ROTATE_PITCH + 4);
	image->y = silicon_read(block, size + ROTATE_ADDRESS);
	image->u = silicon_read(block, size + ROTATE_ADDRESS + 8);
	image->v = silicon_read(block, size + ROTATE_ADDRESS + 16);
	rga_open_window(block, &image->luma, 0, false);
	rga_open_window(block, &image->chroma[0], 0, false);
	rga_open_window(block, &image->chroma[1], 0, false);
	return image->stride ? 0 : -EINVAL;
}

static int rotate_accept(struct silicon_block *block, struct silicon_job *job)
{
	struct rga_task *task = job->data;
	u32 control = silicon_read(block, ROTATE_CTL);
	u32 code = silicon_read(block, ROTATE_FORMAT);
	const struct rotate_format *format;
	int ret;

	if (code >= ARRAY_SIZE(rotate_formats) || !rotate_formats[code].known)
		return -EINVAL;
	format = &rotate_formats[code];
	ret = rotate_image(block, &task->source, format->rga, format->swap, ROTATE_IN);
	if (!ret)
		ret = rotate_image(block, &task->destination,
				   code < ROTATE_YUV ? format->rga : ROTATE_420P,
				   code < ROTATE_YUV ? format->swap : 0, ROTATE_OUT);
	if (ret)
		return ret;
	task->rotate = FIELD_GET(ROTATE_TURNS, control);
	task->mirror = (control & ROTATE_HFLIP ? 1 : 0) | (control & ROTATE_VFLIP ? 2 : 0);
	job->record.destination = rga_task_destination(task);
	return 0;
}

static void rotate_work(struct silicon_block *block, struct silicon_job *job)
{
	rga_task_run(job->data, job);
}

static void rotate_complete(struct silicon_block *block, struct silicon_job *job)
{
	if (job->error)
		silicon_modify(block, ROTATE_INT, ROTATE_DONE, 0);
	else
		silicon_modify(block, ROTATE_INT, 0, ROTATE_DONE);
}

/* All registers are zero. */
static void rotate_reset(struct silicon_block *block)
{
}

const struct silicon_ops silicon_rotate = {
	.name = "rotate",
	.compatible = "allwinner,sun8i-a83t-de2-rotate",
	.job_size = sizeof(struct rga_task),
	.reset = rotate_reset,
	.start = rotate_start,
	.stopped = rotate_stopped,
	.accept = rotate_accept,
	.work = rotate_work,
	.complete = rotate_complete,
};
