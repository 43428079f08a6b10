// SPDX-License-Identifier: GPL-2.0-only
/*
 * Images of the RGA: what the command buffer says about them, where their bytes
 * are, and which source pixel makes which destination pixel. rga_image.h is the
 * specification.
 */
#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "rga_image.h"
#include "silicon.h"

/* Words of the command buffer: register offset minus 0x100, in words. */
#define RGA_MODE		0
#define   RGA_MODE_RENDER	GENMASK(2, 0)
#define RGA_SRC_INFO		1
#define   RGA_FORMAT		GENMASK(3, 0)
#define   RGA_SWAP		GENMASK(6, 4)
#define   RGA_SRC_CSC		GENMASK(9, 8)
#define   RGA_SRC_ROTATE	GENMASK(11, 10)
#define   RGA_SRC_MIRROR	GENMASK(13, 12)
#define RGA_SRC_Y		2
#define RGA_SRC_VIR		6
#define   RGA_VIR_WORDS		GENMASK(14, 0)
#define RGA_SRC_ACT		7
#define   RGA_SRC_WIDTH		GENMASK(12, 0)
#define   RGA_SRC_HEIGHT	GENMASK(28, 16)
#define RGA_DST_INFO		14
#define   RGA_DST_CSC		GENMASK(17, 16)
#define RGA_DST_Y		15
#define RGA_DST_VIR		18
#define RGA_DST_ACT		19
#define   RGA_DST_WIDTH		GENMASK(11, 0)
#define   RGA_DST_HEIGHT	GENMASK(27, 16)
#define RGA_MMU_CTRL		27
#define   RGA_MMU_SRC_ENABLE	BIT(0)
#define   RGA_MMU_DST_ENABLE	BIT(8)
#define RGA_MMU_SRC		28
#define RGA_MMU_DST		30

#define RGA_CSC_BT709		3

/* Which way the destination is drawn, from its start corner. */
#define RGA_LEFTWARDS		BIT(0)
#define RGA_UPWARDS		BIT(1)

static const u8 rga_corner[4] = {
	0, RGA_LEFTWARDS, RGA_LEFTWARDS | RGA_UPWARDS, RGA_UPWARDS
};

/* Where the byte at @offset is, NULL if nowhere; @left bytes to the end of its page. */
u8 *rga_byte(struct rga_window *window, u32 offset, u32 *left)
{
	u32 page = offset >> PAGE_SHIFT;
	__le32 entry;
	size_t rest;
	u64 addr;

	*left = PAGE_SIZE - offset_in_page(offset);
	if (!window->valid || page != window->page) {
		window->page = page;
		window->valid = true;
		window->memory = NULL;
		addr = window->base + ((u64)page << PAGE_SHIFT);
		if (window->paged) {
			addr = 0;
			if (silicon_dma_read(window->block, window->base + page * sizeof(entry),
					     &entry, sizeof(entry)) == sizeof(entry))
				addr = le32_to_cpu(entry);
		}
		window->memory = silicon_dma(window->block, addr, &rest);
	}
	return window->memory ? window->memory + offset_in_page(offset) : NULL;
}

void rga_open_window(struct silicon_block *block, struct rga_window *window, u32 word, bool paged)
{
	*window = (struct rga_window){
		.block = block,
		.base = paged ? (u64)word << 4 : 0,
		.paged = paged,
	};
}

static int rga_image_read(struct silicon_block *block, struct rga_image *image, u32 info,
			  const u32 *offset, u32 vir, u32 table, bool paged)
{
	image->format = rga_format(FIELD_GET(RGA_FORMAT, info));
	if (!image->format)
		return -EINVAL;
	image->swap = FIELD_GET(RGA_SWAP, info);
	image->stride = FIELD_GET(RGA_VIR_WORDS, vir) * 4;
	image->chroma_stride = image->format->interleaved ? image->stride : image->stride / 2;
	image->y = offset[0];
	image->u = offset[1];
	image->v = offset[2];
	rga_open_window(block, &image->luma, table, paged);
	rga_open_window(block, &image->chroma[0], table, paged);
	rga_open_window(block, &image->chroma[1], table, paged);
	return 0;
}

/* The driver gives the corner where drawing starts; find the upper left one. */
static void rga_rewind(struct rga_image *image, u32 corner)
{
	u32 right = image->format->interleaved ? image->width - 1 : image->width / 2 - 1;
	u32 down;

	if (corner & RGA_LEFTWARDS) {
		image->y -= (image->width - 1) * image->format->bytes;
		image->u -= right;
		image->v -= right;
	}
	if (corner & RGA_UPWARDS) {
		image->y -= (image->height - 1) * image->stride;
		if (!image->format->yuv)
			return;
		down = (image->height / image->format->ydiv - 1) * image->chroma_stride;
		image->u -= down;
		image->v -= down;
	}
}

int rga_task_read(struct silicon_block *block, struct rga_task *task)
{
	const u32 *word = task->word;
	u32 info = word[RGA_SRC_INFO];
	u32 csc;
	int ret;

	/* A copy from one image to another is all that the driver asks for. */
	if (FIELD_GET(RGA_MODE_RENDER, word[RGA_MODE]))
		return -EINVAL;
	task->source.width = FIELD_GET(RGA_SRC_WIDTH, word[RGA_SRC_ACT]) + 1;
	task->source.height = FIELD_GET(RGA_SRC_HEIGHT, word[RGA_SRC_ACT]) + 1;
	task->destination.width = FIELD_GET(RGA_DST_WIDTH, word[RGA_DST_ACT]) + 1;
	task->destination.height = FIELD_GET(RGA_DST_HEIGHT, word[RGA_DST_ACT]) + 1;
	ret = rga_image_read(block, &task->source, info, &word[RGA_SRC_Y], word[RGA_SRC_VIR],
			     word[RGA_MMU_SRC], word[RGA_MMU_CTRL] & RGA_MMU_SRC_ENABLE);
	if (!ret)
		ret = rga_image_read(block, &task->destination, word[RGA_DST_INFO],
				     &word[RGA_DST_Y], word[RGA_DST_VIR], word[RGA_MMU_DST],
				     word[RGA_MMU_CTRL] & RGA_MMU_DST_ENABLE);
	if (ret)
		return ret;

	task->rotate = FIELD_GET(RGA_SRC_ROTATE, info);
	task->mirror = FIELD_GET(RGA_SRC_MIRROR, info);
	csc = task->source.format->yuv ? FIELD_GET(RGA_SRC_CSC, info) :
					 FIELD_GET(RGA_DST_CSC, word[RGA_DST_INFO]);
	task->csc = csc == RGA_CSC_BT709 ? RGA_BT709 : RGA_BT601;
	/* Mirror bits and corner bits mean the same directions. */
	rga_rewind(&task->destination, rga_corner[task->rotate] ^ task->mirror);
	return 0;
}

/* Physical address of the first byte of the destination rectangle, 0 if there is none. */
u64 rga_task_destination(struct rga_task *task)
{
	u32 left;
	u8 *at = rga_byte(&task->destination.luma, task->destination.y, &left);

	return at ? virt_to_phys(at) : 0;
}

static void rga_pixel(struct rga_task *task, u32 x, u32 y)
{
	struct rga_image *from = &task->source, *to = &task->destination;
	u32 dx = task->mirror & 1 ? to->width - 1 - x : x;
	u32 dy = task->mirror & 2 ? to->height - 1 - y : y;
	u32 w = task->rotate & 1 ? to->height : to->width;
	u32 h = task->rotate & 1 ? to->width : to->height;
	u32 u, v, pixel;

	switch (task->rotate) {
	case 1:
		u = dy;
		v = to->width - 1 - dx;
		break;
	case 2:
		u = to->width - 1 - dx;
		v = to->height - 1 - dy;
		break;
	case 3:
		u = to->height - 1 - dy;
		v = dx;
		break;
	default:
		u = dx;
		v = dy;
		break;
	}
	pixel = rga_load(from, u * from->width / w, v * from->height / h);
	if (from->format->yuv && !to->format->yuv)
		pixel = rga_to_rgb(pixel, task->csc);
	else if (!from->format->yuv && to->format->yuv)
		pixel = rga_to_yuv(pixel, task->csc);
	rga_store(to, x, y, pixel);
}

static void rga_copy_bytes(struct rga_window *from, u32 source, struct rga_window *to,
			   u32 destination, u32 bytes)
{
	u32 left, room, part;
	u8 *in, *out;

	for (; bytes; bytes -= part, source += part, destination += part) {
		in = rga_byte(from, source, &left);
		out = rga_byte(to, destination, &room);
		part = min3(bytes, left, room);
		if (out && in)
			memcpy(out, in, part);
		else if (out)
			memset(out, 0, part);
	}
}

/* A whole row at once, where that gives the same bytes. */
static void rga_copy_row(struct rga_task *task, u32 y)
{
	struct rga_image *from = &task->source, *to = &task->destination;
	const struct rga_format *format = to->format;
	u32 pairs = DIV_ROUND_UP(to->width, 2);
	u32 line;

	rga_copy_bytes(&from->luma, from->y + y * from->stride, &to->luma,
		       to->y + y * to->stride, to->width * format->bytes);
	if (!format->yuv || y % format->ydiv)
		return;
	line = y / format->ydiv;
	rga_copy_bytes(&from->chroma[0], from->u + line * from->chroma_stride, &to->chroma[0],
		       to->u + line * to->chroma_stride, format->interleaved ? 2 * pairs : pairs);
	if (!format->interleaved)
		rga_copy_bytes(&from->chroma[1], from->v + line * from->chroma_stride,
			       &to->chroma[1], to->v + line * to->chroma_stride, pairs);
}

static bool rga_plain_copy(const struct rga_task *task)
{
	const struct rga_image *from = &task->source, *to = &task->destination;

	return from->format == to->format && from->swap == to->swap &&
	       from->width == to->width && from->height == to->height &&
	       !task->rotate && !task->mirror;
}

void rga_task_run(struct rga_task *task, const struct silicon_job *job)
{
	u32 rows = task->destination.height;
	bool plain = rga_plain_copy(task);
	u32 x, y;

	if (job->half)
		rows /= 2;
	for (y = 0; y < rows && !silicon_cut(job); y++) {
		if (plain)
			rga_copy_row(task, y);
		else
			for (x = 0; x < task->destination.width; x++)
				rga_pixel(task, x, y);
		cond_resched();
	}
}
