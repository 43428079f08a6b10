/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocations of the calling thread that fail on demand: from a slab
 * (CONFIG_FAILSLAB) and, if the kernel can, of pages (CONFIG_FAIL_PAGE_ALLOC).
 * Functions that return int give 0 or a negative errno.
 */
#ifndef M2M_INJECT_H
#define M2M_INJECT_H

#include <stdbool.h>

struct inject {
	int fd;
};

/* For the calling thread; -ENODEV if the kernel cannot do it. */
int inject_open(struct inject *inject);
void inject_close(struct inject *inject);

/* Let the @nth allocation fail, from 1. */
int inject_arm(struct inject *inject, unsigned int nth);

/* Whether one has failed since; nothing fails from here on. */
bool inject_disarm(struct inject *inject);

#endif
