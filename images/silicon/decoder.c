// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all decoders do; decoder_picture.h says what that is.
 */
#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "decoder_picture.h"
#include "silicon.h"

/* So much is written at once. */
#define DECODER_WORDS	32

/* So many lines of a reference apart are those that are looked at. */
#define DECODER_APART	16

/* An address of an H.264 reference says below these bits which field is which. */
#define DECODER_ALIGNED	(~7U)

/* The post-processor takes so many pixels at once, all of one line. */
#define DECODER_PIXELS	DECODER_MACROBLOCK

void decoder_refer(struct decoder_task *task, u32 valid, const u8 *list, const u32 *address)
{
	unsigned int i, count = min_t(unsigned int, hweight32(valid), DECODER_REFERENCES);

	for (i = 0; i < count; i++)
		task->reference[i] = address[list[i] % DECODER_REFERENCES] & DECODER_ALIGNED;
	task->references = count;
}

int decoder_accept(struct silicon_job *job)
{
	const struct decoder_task *task = job->data;

	job->record.destination = task->shown ?: task->picture;
	if (task->codec != DECODER_H264 && task->codec != DECODER_MPEG2)
		return -EINVAL;
	if (!task->width || !task->height || !task->bytes)
		return -EINVAL;
	return IS_ALIGNED(task->stream | task->picture, sizeof(u64)) ? 0 : -EINVAL;
}

/* The first @bytes of a plane. */
static void decoder_plane(struct silicon_block *block, struct silicon_job *job, u64 seed, u64 addr,
			  u32 bytes)
{
	__le64 word[DECODER_WORDS];
	u32 at, i, part;

	for (at = 0; at < bytes && !silicon_cut(job); at += part) {
		part = min_t(u32, bytes - at, sizeof(word));
		for (i = 0; i < DECODER_WORDS; i++)
			word[i] = cpu_to_le64(silicon_mix(seed + at / sizeof(u64) + i));
		silicon_dma_write(block, addr + at, word, part);
		cond_resched();
	}
}

/* What the references add to the seed of the picture. */
static u64 decoder_references(struct silicon_block *block, struct silicon_job *job)
{
	const struct decoder_task *task = job->data;
	u64 mixed = 0;
	u32 from, line;
	unsigned int i;

	for (i = 0; i < task->references; i++) {
		from = task->reference[i];
		if (from == task->picture) {
			mixed = silicon_mix(mixed);
			continue;
		}
		for (line = 0; line < task->height * 3 / 2; line += DECODER_APART)
			mixed = silicon_mix(mixed +
					    silicon_dma_sum(block, job, from + line * task->width,
							    task->width));
	}
	return mixed;
}

/* The pixels from @x on, of line @y. */
static void decoder_show_pixels(struct silicon_block *block, const struct decoder_task *task,
				u32 x, u32 y)
{
	u8 luma[DECODER_PIXELS] = { 0 }, chroma[DECODER_PIXELS] = { 0 };
	u8 shown[2 * DECODER_PIXELS];
	u32 i, at = task->picture + x;

	silicon_dma_read(block, at + y * task->width, luma, sizeof(luma));
	silicon_dma_read(block, at + (task->height + y / 2) * task->width, chroma,
			 sizeof(chroma));
	for (i = 0; i < DECODER_PIXELS; i++) {
		shown[2 * i] = luma[i];
		shown[2 * i + 1] = chroma[i];
	}
	silicon_dma_write(block, task->shown + 2 * (y * task->width + x), shown, sizeof(shown));
}

/* The picture as YUYV. */
static void decoder_show(struct silicon_block *block, struct silicon_job *job)
{
	const struct decoder_task *task = job->data;
	u32 x, y, lines = job->half ? task->height / 2 : task->height;

	for (y = 0; y < lines && !silicon_cut(job); y++) {
		for (x = 0; x < task->width; x += DECODER_PIXELS)
			decoder_show_pixels(block, task, x, y);
		cond_resched();
	}
}

void decoder_work(struct silicon_block *block, struct silicon_job *job)
{
	const struct decoder_task *task = job->data;
	u32 luma = task->width * task->height;
	u32 end = job->half ? luma * 3 / 4 : luma * 3 / 2;
	u64 seed, sum;

	sum = silicon_dma_sum(block, job, task->stream, task->bytes);
	seed = sum + ((u64)task->codec << 32) + task->frame + decoder_references(block, job);
	decoder_plane(block, job, silicon_mix(seed), task->picture, min(luma, end));
	decoder_plane(block, job, silicon_mix(seed + BIT(16)), (u64)task->picture + luma,
		      end - min(luma, end));
	if (task->shown)
		decoder_show(block, job);
}
