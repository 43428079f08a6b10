// SPDX-License-Identifier: GPL-2.0-only
/*
 * The JPEG encoder of Rockchip's VEPU2. vepu_payload.h says what it writes.
 */
#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/minmax.h>

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

#define VEPU_PLANES		3
#define VEPU_FORMATS		4

/* Bytes of each plane, in quarters of width * height. */
static const u8 vepu_quarters[VEPU_FORMATS][VEPU_PLANES] = {
	{ 4, 1, 1 }, { 4, 2, 0 }, { 8, 0, 0 }, { 8, 0, 0 },
};

struct vepu_task {
	u32 width;
	u32 height;
	u32 format;
	u32 plane[VEPU_PLANES];
	u32 output;
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
	u32 control = silicon_read(block, VEPU_ENCODE_START);
	u32 i;

	task->width = FIELD_GET(VEPU_ROW_LENGTH, silicon_read(block, VEPU_LUMA_INFO));
	task->height = FIELD_GET(VEPU_MB_HEIGHT, control) * 16;
	task->format = FIELD_GET(VEPU_FORMAT, silicon_read(block, VEPU_ENC_CTRL1));
	task->output = silicon_read(block, VEPU_OUTPUT_STREAM);
	task->room = silicon_read(block, VEPU_STR_BUF_LIMIT);
	for (i = 0; i < VEPU_PLANES; i++)
		task->plane[i] = silicon_read(block, VEPU_IN_PLANE(i));
	task->bytes = VEPU_TEXT_BYTES + task->width * task->height / 16 + VEPU_END_BYTES;
	job->record.destination = task->output;
	if (FIELD_GET(VEPU_CODEC, control) != VEPU_CODEC_JPEG || task->format >= VEPU_FORMATS ||
	    !task->width || task->width % 16 || !task->height)
		return -EINVAL;
	/* Too little room is the user's doing, not the driver's. */
	task->full = task->bytes > task->room;
	job->error = task->full;
	return 0;
}

/* Writes the bytes from *@at on, as far as @end. */
static void vepu_put(struct silicon_block *block, const struct vepu_task *task, u32 *at, u32 end,
		     const void *from, u32 bytes)
{
	u32 part = *at < end ? min(bytes, end - *at) : 0;

	silicon_dma_write(block, (u64)task->output + *at, from, part);
	*at += bytes;
}

static void vepu_work(struct silicon_block *block, struct silicon_job *job)
{
	static const u8 eoi[VEPU_END_BYTES] = { 0xff, 0xd9 };
	struct vepu_task *task = job->data;
	u32 body = task->bytes - VEPU_TEXT_BYTES - VEPU_END_BYTES;
	u32 end = job->half ? task->bytes / 2 : task->bytes;
	u64 sum[VEPU_PLANES] = {}, seed;
	char text[VEPU_TEXT_BYTES + 1];
	u32 i, at = 0;
	__le64 word;

	for (i = 0; i < VEPU_PLANES; i++)
		if (vepu_quarters[task->format][i])
			sum[i] = silicon_dma_sum(block, job, task->plane[i],
						 task->width * task->height / 4 *
						 vepu_quarters[task->format][i]);
	memset(text, ' ', VEPU_TEXT_BYTES);
	i = scnprintf(text, sizeof(text), "m2m-vepu 1 %u %u %u %016llx %016llx %016llx",
		      task->width, task->height, task->format, sum[0], sum[1], sum[2]);
	text[i] = ' ';
	text[VEPU_TEXT_BYTES - 1] = '\n';
	vepu_put(block, task, &at, end, text, VEPU_TEXT_BYTES);

	seed = sum[0] + 3 * sum[1] + 5 * sum[2];
	for (i = 0; i < body / 8 && !silicon_cut(job); i++) {
		word = cpu_to_le64(silicon_mix(seed + i) & VEPU_BODY_MASK);
		vepu_put(block, task, &at, end, &word, sizeof(word));
	}
	vepu_put(block, task, &at, end, eoi, sizeof(eoi));
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
