// SPDX-License-Identifier: GPL-2.0-only
/*
 * A checksum of what a block reads, so that what it writes can prove what that
 * was. Over the 8-byte little endian words of the memory, in order, the last one
 * filled up with zeros, from h = 0x6d326d2d76657075:
 *
 *   h = (h ^ word) * 0x9e3779b97f4a7c15;  h = h ^ (h >> 29)
 */
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/unaligned.h>

#include "silicon.h"

#define SILICON_SUM_START	0x6d326d2d76657075ULL
#define SILICON_SUM_FACTOR	0x9e3779b97f4a7c15ULL
#define SILICON_SUM_SHIFT	29

static u64 silicon_sum_word(u64 sum, u64 word)
{
	sum = (sum ^ word) * SILICON_SUM_FACTOR;
	return sum ^ (sum >> SILICON_SUM_SHIFT);
}

/* @addr is a multiple of 8, so that no word lies in two pages. */
u64 silicon_dma_sum(struct silicon_block *block, struct silicon_job *job, u64 addr, u32 bytes)
{
	u64 sum = SILICON_SUM_START;
	u32 done, i;
	size_t part;
	__le64 last;
	u8 *memory;

	for (done = 0; done < bytes && !silicon_cut(job); done += part) {
		memory = silicon_dma(block, addr + done, &part);
		part = min_t(size_t, part, bytes - done);
		for (i = 0; memory && i + sizeof(u64) <= part; i += sizeof(u64))
			sum = silicon_sum_word(sum, get_unaligned_le64(memory + i));
		if (memory && i < part) {
			last = 0;
			memcpy(&last, memory + i, part - i);
			sum = silicon_sum_word(sum, le64_to_cpu(last));
		}
		cond_resched();
	}
	return sum;
}
