// SPDX-License-Identifier: GPL-2.0-only
/*
 * The JPEG encoder E5010 of Imagination. vepu_payload.h says what it writes, of
 * pictures without gaps: 4:2:0 is its NV12M, 4:2:2 with the chroma right behind the
 * luma its YUYV, which has as many bytes.
 *
 * It has two windows, of the encoder and of its MMU, which is only switched off. Its
 * interrupt is a level: as long as a flag is set that was not cleared, by a one in
 * another register. Its driver waits for it to be idle before it writes most of its
 * registers, and for the reset of the MMU to be over.
 */
#include <linux/bitfield.h>
#include <linux/bits.h>

#include "silicon.h"
#include "vepu_payload.h"

#define E5010_MASK		0x08
#define E5010_STATUS		0x0c
#define E5010_CLEAR		0x10
#define   E5010_DONE		BIT(0)
#define   E5010_TOO_LARGE	BIT(1)
#define   E5010_FLAGS		(E5010_DONE | E5010_TOO_LARGE)
#define E5010_RESET		0x1c
#define E5010_CONTROL		0x20
#define   E5010_START		BIT(0)
#define E5010_STATE		0x24
#define   E5010_BUSY		BIT(0)
#define E5010_INPUT		0x2c
#define   E5010_SUBSAMPLING	GENMASK(17, 16)
#define   E5010_420		1
#define   E5010_422		2
#define E5010_STRIDES		0x30
#define   E5010_LUMA_STRIDE	GENMASK(28, 22)
#define E5010_SIZE		0x38
#define   E5010_HEIGHT		GENMASK(28, 16)
#define   E5010_WIDTH		GENMASK(12, 0)
#define E5010_LUMA		0x3c
#define E5010_CHROMA		0x40
#define E5010_OUTPUT		0x44
#define E5010_WRITTEN		0x48
#define E5010_ROOM		0x4c

#define E5010_MMU		1
#define E5010_MMU_CONTROL	0x08
#define   E5010_MMU_RESET	BIT(28)

/* As vepu_payload.h counts them. */
#define E5010_FORMAT_420	1
#define E5010_FORMAT_422	2

struct e5010_task {
	struct vepu_payload payload;
	u32 bytes;
};

/* What the driver has cleared by writing a one is cleared. */
static void e5010_settle(struct silicon_block *block)
{
	silicon_modify(block, E5010_STATUS, silicon_read(block, E5010_CLEAR), 0);
	silicon_modify(block, E5010_CLEAR, E5010_FLAGS, 0);
}

static bool e5010_start(struct silicon_block *block)
{
	if (!(silicon_read(block, E5010_CONTROL) & E5010_START))
		return false;
	silicon_modify(block, E5010_CONTROL, E5010_START, 0);
	silicon_write(block, E5010_RESET, 0);
	e5010_settle(block);
	return true;
}

static bool e5010_stopped(struct silicon_block *block)
{
	return silicon_read(block, E5010_RESET);
}

static int e5010_accept(struct silicon_block *block, struct silicon_job *job)
{
	struct e5010_task *task = job->data;
	struct vepu_payload *payload = &task->payload;
	u32 size = silicon_read(block, E5010_SIZE);
	u32 stride = FIELD_GET(E5010_LUMA_STRIDE, silicon_read(block, E5010_STRIDES));

	payload->width = FIELD_GET(E5010_WIDTH, size) + 1;
	payload->height = FIELD_GET(E5010_HEIGHT, size) + 1;
	payload->format = FIELD_GET(E5010_SUBSAMPLING, silicon_read(block, E5010_INPUT)) ==
			  E5010_420 ? E5010_FORMAT_420 : E5010_FORMAT_422;
	payload->plane[0] = silicon_read(block, E5010_LUMA);
	payload->plane[1] = silicon_read(block, E5010_CHROMA);
	payload->output = silicon_read(block, E5010_OUTPUT);
	task->bytes = vepu_payload_bytes(payload);
	job->record.destination = payload->output;
	/* Too little room is the user's doing, not the driver's. */
	job->error = task->bytes > silicon_read(block, E5010_ROOM);
	if (payload->format == E5010_FORMAT_422 &&
	    payload->plane[1] != payload->plane[0] + payload->width * payload->height)
		return -EINVAL;
	return payload->width == stride * 64 ? 0 : -EINVAL;
}

static void e5010_work(struct silicon_block *block, struct silicon_job *job)
{
	struct e5010_task *task = job->data;

	vepu_payload_write(block, job, &task->payload);
}

static void e5010_complete(struct silicon_block *block, struct silicon_job *job)
{
	struct e5010_task *task = job->data;

	e5010_settle(block);
	silicon_write(block, E5010_WRITTEN, task->bytes);
	silicon_modify(block, E5010_STATUS, E5010_FLAGS,
		       job->error ? E5010_TOO_LARGE : E5010_DONE);
}

/* A flag that is not to interrupt does not. */
static bool e5010_asserted(struct silicon_block *block, unsigned int line)
{
	return silicon_read(block, E5010_STATUS) & ~silicon_read(block, E5010_CLEAR) &
	       silicon_read(block, E5010_MASK) & E5010_FLAGS;
}

/* The MMU's reset takes no time. Where nobody tells of reads the encoder is never busy. */
static void e5010_reads(struct silicon_block *block, unsigned int window, u32 offset)
{
	if (window == E5010_MMU && offset == E5010_MMU_CONTROL)
		silicon_write_in(block, window, offset,
				 silicon_read_in(block, window, offset) & ~E5010_MMU_RESET);
	if (!window && offset == E5010_STATE)
		silicon_write(block, E5010_STATE,
			      READ_ONCE(block->busy) ||
			      silicon_read(block, E5010_CONTROL) & E5010_START ? E5010_BUSY : 0);
}

static bool e5010_wrote(struct silicon_block *block, unsigned int window, u32 offset, u32 value)
{
	if (window == E5010_MMU)
		return false;
	if (offset == E5010_CLEAR)
		e5010_settle(block);
	return (offset == E5010_CONTROL && value & E5010_START) || offset == E5010_RESET;
}

/* All registers are zero. */
static void e5010_reset(struct silicon_block *block)
{
}

const struct silicon_ops silicon_e5010 = {
	.name = "e5010",
	.compatible = "img,e5010-jpeg-enc",
	.job_size = sizeof(struct e5010_task),
	.reset = e5010_reset,
	.start = e5010_start,
	.stopped = e5010_stopped,
	.accept = e5010_accept,
	.work = e5010_work,
	.complete = e5010_complete,
	.asserted = e5010_asserted,
	.reads = e5010_reads,
	.wrote = e5010_wrote,
};
