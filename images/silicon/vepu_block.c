// SPDX-License-Identifier: GPL-2.0-only
/*
 * The JPEG encoder of Rockchip's VEPU2. vepu_payload.h says what it writes.
 */
#include <linux/bitfield.h>
#include <linux/bits.h>

#include "silicon.h"
#include "vepu_payload.h"

#define VEPU_IN_PLANE(n)	(0x0c0 + 4 * (n))
/* In: bytes of room. Out: bits written. */
#define VEPU_STR_BUF_LIMIT	0x0d4
#define VEPU_LUMA_INFO		0x0f4
#define   VEPU_ROW_LENGTH	GENMASK(13, 0)
#define VEPU_ENC_CTRL1		0x128
#define   VEPU_FORMAT		GENMASK(7, 4)
#define VEPU_OUTPUT_STREAM	0x134
#define VEPU_ENCODE_START	0x19c
#define   VEPU_ENABLE		BIT(0)
#define   VEPU_CODEC		GENMASK(5, 4)
#define   VEPU_CODEC_JPEG	2
#define   VEPU_MB_HEIGHT	GENMASK(28, 20)
#define VEPU_INTERRUPT		0x1b4
#define   VEPU_INT		BIT(0)
#define   VEPU_INT_FRAME_READY	BIT(1)
#define   VEPU_INT_BUS_ERROR	BIT(4)
#define   VEPU_INT_BUFFER_FULL	BIT(5)

struct vepu_task {
	struct vepu_payload payload;
	u32 room;
	u32 bytes;
	bool full;
};

static void vepu_reset(struct silicon_block *block)
{
	/* All registers are zero after power-on. */
}

static bool vepu_start(struct silicon_block *block)
{
	u32 control = silicon_read(block, VEPU_ENCODE_START);

	if (!(control & VEPU_ENABLE))
		return false;
	silicon_write(block, VEPU_ENCODE_START, control & ~VEPU_ENABLE);
	return true;
}

/* A running encoder keeps its mode and size in the register; zero stops it. */
static bool vepu_stopped(struct silicon_block *block)
{
	return !silicon_read(block, VEPU_ENCODE_START);
}

static int vepu_accept(struct silicon_block *block, struct silicon_job *job)
{
	struct vepu_task *task = job->data;
	struct vepu_payload *payload = &task->payload;
	u32 control = silicon_read(block, VEPU_ENCODE_START);
	u32 i;

	payload->width = FIELD_GET(VEPU_ROW_LENGTH, silicon_read(block, VEPU_LUMA_INFO));
	payload->height = FIELD_GET(VEPU_MB_HEIGHT, control) * 16;
	payload->format = FIELD_GET(VEPU_FORMAT, silicon_read(block, VEPU_ENC_CTRL1));
	payload->output = silicon_read(block, VEPU_OUTPUT_STREAM);
	task->room = silicon_read(block, VEPU_STR_BUF_LIMIT);
	for (i = 0; i < VEPU_PLANES; i++)
		payload->plane[i] = silicon_read(block, VEPU_IN_PLANE(i));
	task->bytes = vepu_payload_bytes(payload);
	job->record.destination = payload->output;
	if (FIELD_GET(VEPU_CODEC, control) != VEPU_CODEC_JPEG || payload->format >= VEPU_FORMATS ||
	    !payload->width || payload->width % 16 || !payload->height)
		return -EINVAL;
	/* Too little room is the user's doing, not the driver's. */
	task->full = task->bytes > task->room;
	job->error = task->full;
	return 0;
}

static void vepu_work(struct silicon_block *block, struct silicon_job *job)
{
	struct vepu_task *task = job->data;

	vepu_payload_write(block, job, &task->payload);
}

static void vepu_complete(struct silicon_block *block, struct silicon_job *job)
{
	struct vepu_task *task = job->data;

	if (task->full) {
		silicon_write(block, VEPU_INTERRUPT, VEPU_INT | VEPU_INT_BUFFER_FULL);
	} else if (job->error) {
		silicon_write(block, VEPU_INTERRUPT, VEPU_INT | VEPU_INT_BUS_ERROR);
	} else {
		silicon_write(block, VEPU_STR_BUF_LIMIT, task->bytes * 8);
		silicon_write(block, VEPU_INTERRUPT, VEPU_INT | VEPU_INT_FRAME_READY);
	}
}

const struct silicon_ops silicon_vepu = {
	.name = "vepu",
	.compatible = "rockchip,rk3568-vepu",
	.job_size = sizeof(struct vepu_task),
	.clock_per_job = true,
	.reset = vepu_reset,
	.start = vepu_start,
	.stopped = vepu_stopped,
	.accept = vepu_accept,
	.work = vepu_work,
	.complete = vepu_complete,
};
