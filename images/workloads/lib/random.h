/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RANDOM_H
#define M2M_RANDOM_H

#include <stddef.h>
#include <linux/types.h>

/* The same seed gives the same numbers, on every machine. */
struct random {
	__u64 state;
};

__u64 random_next(struct random *random);

/* From 0 up to, not including, @limit. */
__u64 random_below(struct random *random, __u64 limit);

void random_shuffle(struct random *random, unsigned int *items, size_t count);

#endif
