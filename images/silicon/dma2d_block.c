// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA2D, the "Chrom-Art" accelerator of ST's STM32. A job is what the registers
 * say: pixels of one size from the foreground to the output, converted if mode
 * and formats ask for it, or one colour. What conversion does to the bits of a
 * component is in rga_image.h.
 *
 * Bytes of a pixel: ARGB8888 B G R A, RGB888 B G R, and little-endian words.
 * Between pixels of the same format all bytes stay. Lines follow each other,
 * with the line offset (pixels) between them. An output format of 32 bits has
 * the alpha of the source, 255 if there is none.
 */
#include <linux/bitfield.h>
#include <linux/bits.h>

#include "rga_image.h"
#include "silicon.h"

#define DMA2D_CR		0x00
#define   DMA2D_START		BIT(0)
#define   DMA2D_ABORT		BIT(2)
#define   DMA2D_MODE		GENMASK(17, 16)
#define     DMA2D_COPY		0
#define     DMA2D_CONVERT	1
#define     DMA2D_FILL		3
#define DMA2D_ISR		0x04
#define   DMA2D_ERROR		BIT(0)
#define   DMA2D_DONE		BIT(1)
#define   DMA2D_FLAGS		GENMASK(5, 0)
#define DMA2D_IFCR		0x08
#define DMA2D_FGMAR		0x0c
#define DMA2D_FGOR		0x10
#define DMA2D_FGPFCCR		0x1c
#define   DMA2D_FG_FORMAT	GENMASK(3, 0)
#define DMA2D_OPFCCR		0x34
#define   DMA2D_OUT_FORMAT	GENMASK(2, 0)
#define DMA2D_OCOLR		0x38
#define DMA2D_OMAR		0x3c
#define DMA2D_OOR		0x40
#define   DMA2D_OFFSET		GENMASK(13, 0)
#define DMA2D_NLR		0x44
#define   DMA2D_PIXELS		GENMASK(29, 16)
#define   DMA2D_LINES		GENMASK(15, 0)

struct dma2d_task {
	struct rga_task image;
	bool fill;
	u32 colour;
};

/* The formats of the RGA2 with the same bits, red and blue swapped, by ours. */
static const u8 dma2d_formats[] = { 0, 2, 4, 5, 6 };

/* The start bit goes by itself, flags that the driver has cleared go before it is seen. */
static bool dma2d_start(struct silicon_block *block)
{
	if (!(silicon_read(block, DMA2D_CR) & DMA2D_START))
		return false;
	silicon_modify(block, DMA2D_CR, DMA2D_START, 0);
	silicon_modify(block, DMA2D_ISR, silicon_read(block, DMA2D_IFCR), 0);
	silicon_write(block, DMA2D_IFCR, 0);
	return true;
}

static bool dma2d_stopped(struct silicon_block *block)
{
	return silicon_read(block, DMA2D_CR) & DMA2D_ABORT;
}

static int dma2d_image(struct silicon_block *block, struct rga_image *image, u32 format,
		       u32 address, u32 offset)
{
	u32 size = silicon_read(block, DMA2D_NLR);

	if (format >= ARRAY_SIZE(dma2d_formats))
		return -EINVAL;
	image->format = rga_format(dma2d_formats[format]);
	image->swap = RGA_SWAP_RED_BLUE;
	image->width = FIELD_GET(DMA2D_PIXELS, size);
	image->height = FIELD_GET(DMA2D_LINES, size);
	image->stride = (image->width + FIELD_GET(DMA2D_OFFSET, offset)) * image->format->bytes;
	image->y = address;
	rga_open_window(block, &image->luma, 0, false);
	return image->width && image->height ? 0 : -EINVAL;
}

static int dma2d_accept(struct silicon_block *block, struct silicon_job *job)
{
	struct dma2d_task *task = job->data;
	u32 mode = FIELD_GET(DMA2D_MODE, silicon_read(block, DMA2D_CR));
	u32 in = FIELD_GET(DMA2D_FG_FORMAT, silicon_read(block, DMA2D_FGPFCCR));
	u32 out = FIELD_GET(DMA2D_OUT_FORMAT, silicon_read(block, DMA2D_OPFCCR));
	int ret;

	if (mode != DMA2D_COPY && mode != DMA2D_CONVERT && mode != DMA2D_FILL)
		return -EINVAL;
	/* Without conversion the output has the pixels of the foreground. */
	if (mode == DMA2D_COPY)
		out = in;
	task->fill = mode == DMA2D_FILL;
	task->colour = silicon_read(block, DMA2D_OCOLR);
	ret = dma2d_image(block, &task->image.source, in, silicon_read(block, DMA2D_FGMAR),
			  silicon_read(block, DMA2D_FGOR));
	if (!ret)
		ret = dma2d_image(block, &task->image.destination, out,
				  silicon_read(block, DMA2D_OMAR),
				  silicon_read(block, DMA2D_OOR));
	if (!ret)
		job->record.destination = rga_task_destination(&task->image);
	return ret;
}

/* A colour is as wide as the pixels of the output. */
static void dma2d_fill(struct dma2d_task *task, const struct silicon_job *job)
{
	struct rga_image *to = &task->image.destination;
	u32 rows = job->half ? to->height / 2 : to->height;
	u32 x, y, at, left, i;
	u8 *byte;

	for (y = 0; y < rows && !silicon_cut(job); y++) {
		for (x = 0; x < to->width; x++) {
			at = to->y + y * to->stride + x * to->format->bytes;
			for (i = 0; i < to->format->bytes; i++) {
				byte = rga_byte(&to->luma, at + i, &left);
				if (byte)
					*byte = task->colour >> (8 * i);
			}
		}
	}
}

static void dma2d_work(struct silicon_block *block, struct silicon_job *job)
{
	struct dma2d_task *task = job->data;

	if (task->fill)
		dma2d_fill(task, job);
	else
		rga_task_run(&task->image, job);
}

static void dma2d_complete(struct silicon_block *block, struct silicon_job *job)
{
	silicon_modify(block, DMA2D_ISR, silicon_read(block, DMA2D_IFCR) & DMA2D_FLAGS,
		       job->error ? DMA2D_ERROR : DMA2D_DONE);
	silicon_write(block, DMA2D_IFCR, 0);
}

/* All registers are zero. */
static void dma2d_reset(struct silicon_block *block)
{
}

const struct silicon_ops silicon_dma2d = {
	.name = "dma2d",
	.compatible = "st,stm32-dma2d",
	.job_size = sizeof(struct dma2d_task),
	.clock_per_job = true,
	.reset = dma2d_reset,
	.start = dma2d_start,
	.stopped = dma2d_stopped,
	.accept = dma2d_accept,
	.work = dma2d_work,
	.complete = dma2d_complete,
};
