// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all decoders do; decoder_picture.h says what that is.
 */
#include <linux/align.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "decoder_picture.h"
#include "silicon.h"

/* So much is written at once. */
#define DECODER_WORDS	32

int decoder_accept(struct silicon_job *job)
{
	const struct decoder_task *task = job->data;

	job->record.destination = task->picture;
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

void decoder_work(struct silicon_block *block, struct silicon_job *job)
{
	const struct decoder_task *task = job->data;
	u32 luma = task->width * task->height;
	u32 end = job->half ? luma * 3 / 4 : luma * 3 / 2;
	u64 seed, sum;

	sum = silicon_dma_sum(block, job, task->stream, task->bytes);
	seed = sum + ((u64)task->codec << 32) + task->frame;
	decoder_plane(block, job, silicon_mix(seed), task->picture, min(luma, end));
	decoder_plane(block, job, silicon_mix(seed + BIT(16)), (u64)task->picture + luma,
		      end - min(luma, end));
}
