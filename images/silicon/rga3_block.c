// SPDX-License-Identifier: GPL-2.0-only
/*
 * RGA3, the 2D engine of Rockchip's RK3588. A job is a command buffer in memory:
 * a copy of the registers from 0x100 on. Addresses in it are those of the bus;
 * what it does to pixels is what the RGA2 does (rga_image.h), without turning
 * and mirroring. Of the two windows that can be read only the first is used.
 */
#include <linux/bitfield.h>
#include <linux/bits.h>

#include "rga_image.h"
#include "silicon.h"

#define RGA3_SYS_CTRL		0x00
/* Either stops the engine; they clear themselves. */
#define   RGA3_SOFT_RESET	(BIT(3) | BIT(4))
#define RGA3_CMD_CTRL		0x04
#define   RGA3_CMD_START	BIT(0)
#define RGA3_CMD_ADDR		0x08
#define RGA3_VERSION		0x18
#define   RGA3_VERSION_3_0	0x30000000
#define RGA3_INT_RAW		0x24
#define   RGA3_INT_DONE		BIT(0)
/* Reading memory failed. */
#define   RGA3_INT_ERROR	BIT(2)
#define RGA3_INT_CLR		0x2c

/* Words of the command buffer: register offset minus 0x100, in words. */
#define RGA3_WORDS		46
#define RGA3_RD_CTRL		0
#define   RGA3_ENABLE		BIT(0)
#define   RGA3_FORMAT		GENMASK(7, 4)
#define   RGA3_LAYOUT		GENMASK(9, 8)
#define     RGA3_SEMI_PLANAR	1
#define     RGA3_INTERLEAVED	2
#define   RGA3_SWAP_RBUV	BIT(12)
#define   RGA3_RD_CSC		GENMASK(27, 26)
#define RGA3_RD_Y		4
#define RGA3_RD_U		5
#define RGA3_RD_STRIDE		7
#define RGA3_RD_SIZE		9
#define RGA3_DST_SIZE		12
#define   RGA3_WIDTH		GENMASK(12, 0)
#define   RGA3_HEIGHT		GENMASK(28, 16)
#define RGA3_RD_UV_STRIDE	14
#define RGA3_WR_CTRL		40
#define RGA3_WR_STRIDE		42
#define RGA3_WR_UV_STRIDE	43
#define RGA3_WR_Y		44
#define RGA3_WR_U		45

struct rga3_task {
	u32 word[RGA3_WORDS];
	struct rga_task task;
};

/*
 * The formats of the RGA2 that have the same bytes: here memory begins with blue
 * unless red and blue are swapped, there with red. Formats of 16 bits a pixel
 * are the same in both.
 */
static const struct rga3_format {
	u8 layout;
	u8 rga;
	u8 swap;
} rga3_formats[16] = {
	[0] = { .layout = RGA3_SEMI_PLANAR, .rga = 10 },
	[1] = { .layout = RGA3_SEMI_PLANAR, .rga = 8 },
	[4] = { .layout = RGA3_INTERLEAVED, .rga = 4 },
	[5] = { .layout = RGA3_INTERLEAVED, .rga = 2, .swap = RGA_SWAP_RED_BLUE },
	[6] = { .layout = RGA3_INTERLEAVED, .rga = 0, .swap = RGA_SWAP_RED_BLUE },
	[7] = { .layout = RGA3_INTERLEAVED, .rga = 0,
		.swap = RGA_SWAP_RED_BLUE | RGA_SWAP_ALPHA },
};

static const enum rga_csc rga3_csc[] = { RGA_BT601, RGA_BT709, RGA_BT601_FULL };

static void rga3_reset(struct silicon_block *block)
{
	silicon_write(block, RGA3_VERSION, RGA3_VERSION_3_0);
}

/* Flags that the driver has cleared go before another job can set them. */
static bool rga3_start(struct silicon_block *block)
{
	u32 control = silicon_read(block, RGA3_CMD_CTRL);

	if (!(control & RGA3_CMD_START))
		return false;
	silicon_write(block, RGA3_CMD_CTRL, control & ~RGA3_CMD_START);
	silicon_modify(block, RGA3_INT_RAW, silicon_read(block, RGA3_INT_CLR), 0);
	silicon_write(block, RGA3_INT_CLR, 0);
	return true;
}

static bool rga3_stopped(struct silicon_block *block)
{
	return silicon_read(block, RGA3_SYS_CTRL) & RGA3_SOFT_RESET;
}

static int rga3_image(struct silicon_block *block, struct rga_image *image, u32 control,
		      u32 size, const u32 *address, u32 stride, u32 chroma_stride)
{
	const struct rga3_format *format = &rga3_formats[FIELD_GET(RGA3_FORMAT, control)];

	/* Of YUV formats those with both components in a plane of their own. */
	if (!format->layout || format->layout != FIELD_GET(RGA3_LAYOUT, control))
		return -EINVAL;
	image->format = rga_format(format->rga);
	image->swap = format->swap;
	if (control & RGA3_SWAP_RBUV)
		image->swap ^= image->format->yuv ? RGA_SWAP_CHROMA : RGA_SWAP_RED_BLUE;
	image->width = FIELD_GET(RGA3_WIDTH, size);
	image->height = FIELD_GET(RGA3_HEIGHT, size);
	image->stride = stride * 4;
	image->chroma_stride = chroma_stride * 4;
	image->y = address[0];
	image->u = address[1];
	rga_open_window(block, &image->luma, 0, false);
	rga_open_window(block, &image->chroma[0], 0, false);
	return image->width && image->height ? 0 : -EINVAL;
}

static int rga3_accept(struct silicon_block *block, struct silicon_job *job)
{
	struct rga3_task *own = job->data;
	struct rga_task *task = &own->task;
	const u32 *word = own->word;
	size_t size = sizeof(own->word);
	u32 csc;
	int ret;

	if (silicon_dma_read(block, silicon_read(block, RGA3_CMD_ADDR), own->word, size) != size)
		return -EFAULT;
	csc = FIELD_GET(RGA3_RD_CSC, word[RGA3_RD_CTRL]);
	if (!(word[RGA3_RD_CTRL] & RGA3_ENABLE) || csc >= ARRAY_SIZE(rga3_csc))
		return -EINVAL;
	ret = rga3_image(block, &task->source, word[RGA3_RD_CTRL], word[RGA3_RD_SIZE],
			 &word[RGA3_RD_Y], word[RGA3_RD_STRIDE], word[RGA3_RD_UV_STRIDE]);
	if (!ret)
		ret = rga3_image(block, &task->destination, word[RGA3_WR_CTRL],
				 word[RGA3_DST_SIZE], &word[RGA3_WR_Y], word[RGA3_WR_STRIDE],
				 word[RGA3_WR_UV_STRIDE]);
	if (ret)
		return ret;
	task->csc = rga3_csc[csc];
	task->rotate = 0;
	task->mirror = 0;
	job->record.destination = rga_task_destination(task);
	return 0;
}

static void rga3_work(struct silicon_block *block, struct silicon_job *job)
{
	struct rga3_task *own = job->data;

	rga_task_run(&own->task, job);
}

static void rga3_complete(struct silicon_block *block, struct silicon_job *job)
{
	silicon_modify(block, RGA3_INT_RAW, silicon_read(block, RGA3_INT_CLR),
		       job->error ? RGA3_INT_ERROR : RGA3_INT_DONE);
	silicon_write(block, RGA3_INT_CLR, 0);
}

const struct silicon_ops silicon_rga3 = {
	.name = "rga3",
	.compatible = "rockchip,rk3588-rga3",
	.job_size = sizeof(struct rga3_task),
	.reset = rga3_reset,
	.start = rga3_start,
	.stopped = rga3_stopped,
	.accept = rga3_accept,
	.work = rga3_work,
	.complete = rga3_complete,
};
