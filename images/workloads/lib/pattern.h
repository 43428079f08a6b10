/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_PATTERN_H
#define M2M_PATTERN_H

#include <stddef.h>
#include <linux/types.h>

/* Bytes that tell frame, plane and seed apart at every place. */
void pattern_fill(void *to, size_t size, __u64 seed, unsigned int frame, unsigned int plane);

/* Offset of the first byte that differs from the pattern; @size if none does. */
size_t pattern_check(const void *from, size_t size, __u64 seed, unsigned int frame,
		     unsigned int plane);

/* How many bytes differ from the pattern. */
size_t pattern_wrong(const void *from, size_t size, __u64 seed, unsigned int frame,
		     unsigned int plane);

#endif
