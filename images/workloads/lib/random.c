// SPDX-License-Identifier: GPL-2.0-only
#include "random.h"

/* SplitMix64: any seed will do, zero too. */
__u64 random_next(struct random *random)
{
	__u64 mixed = random->state += 0x9e3779b97f4a7c15ULL;

	mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
	mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
	return mixed ^ (mixed >> 31);
}

__u64 random_below(struct random *random, __u64 limit)
{
	return limit ? random_next(random) % limit : 0;
}

void random_shuffle(struct random *random, unsigned int *items, size_t count)
{
	unsigned int item;
	size_t other;

	for (; count > 1; count--) {
		other = random_below(random, count);
		item = items[count - 1];
		items[count - 1] = items[other];
		items[other] = item;
	}
}
