// SPDX-License-Identifier: GPL-2.0-only
/*
 * RGA2, the 2D engine of Rockchip's RK3288 and RK3399. A job is a command buffer
 * in memory: a copy of the registers from 0x100 on.
 */
#include <linux/bits.h>

#include "rga_image.h"
#include "silicon.h"

#define RGA_SYS_CTRL		0x00
/* Any of these stops the engine; they clear themselves. */
#define   RGA_SOFT_RESET	(BIT(3) | BIT(4) | BIT(6))
#define RGA_CMD_CTRL		0x04
#define   RGA_CMD_START		BIT(0)
#define RGA_CMD_BASE		0x08
#define RGA_INT			0x10
/* An access failed: the engine's flag, and the MMU's, for which the driver asks. */
#define   RGA_INT_ERROR		(BIT(0) | BIT(1))
#define   RGA_INT_DONE		BIT(2)
/* Flags and the bits that clear them. */
#define   RGA_INT_FLAGS		GENMASK(7, 0)
#define RGA_VERSION		0x28
/* 3.2: a version whose driver path has no quirks in the size of rotated images. */
#define   RGA_VERSION_3_2	0x03200000

static void rga_reset(struct silicon_block *block)
{
	silicon_write(block, RGA_VERSION, RGA_VERSION_3_2);
}

static bool rga_start(struct silicon_block *block)
{
	u32 control = silicon_read(block, RGA_CMD_CTRL);

	if (!(control & RGA_CMD_START))
		return false;
	silicon_write(block, RGA_CMD_CTRL, control & ~RGA_CMD_START);
	return true;
}

static bool rga_stopped(struct silicon_block *block)
{
	return silicon_read(block, RGA_SYS_CTRL) & RGA_SOFT_RESET;
}

/*
 * The driver rewrites its only command buffer for each job, and what it leaves
 * in the chroma offsets of RGB images is chance: copy it, and use of it only
 * what the formats need.
 */
static int rga_accept(struct silicon_block *block, struct silicon_job *job)
{
	struct rga_task *task = job->data;
	size_t size = sizeof(task->word);
	u32 base = silicon_read(block, RGA_CMD_BASE);
	int ret;

	if (silicon_dma_read(block, base, task->word, size) != size)
		return -EFAULT;
	ret = rga_task_read(block, task);
	if (!ret)
		job->record.destination = rga_task_destination(task);
	return ret;
}

static void rga_work(struct silicon_block *block, struct silicon_job *job)
{
	rga_task_run(job->data, job);
}

/* Flags are write-one-to-clear: with the new ones the cleared ones go. */
static void rga_complete(struct silicon_block *block, struct silicon_job *job)
{
	u32 status = silicon_read(block, RGA_INT) & ~RGA_INT_FLAGS;

	status |= job->error ? RGA_INT_ERROR : RGA_INT_DONE;
	silicon_write(block, RGA_INT, status);
}

const struct silicon_ops silicon_rga = {
	.name = "rga",
	.compatible = "rockchip,rk3288-rga",
	.job_size = sizeof(struct rga_task),
	.reset = rga_reset,
	.start = rga_start,
	.stopped = rga_stopped,
	.accept = rga_accept,
	.work = rga_work,
	.complete = rga_complete,
};
