/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pairs of places: two threads came to them shortly after one another, to the
 * same lock or, which says less, to any. That was no race, but nearly one.
 * As what sites.h has: takes no lock, and wants interrupts off.
 */
#ifndef M2M_DELAYS_PAIRS_H
#define M2M_DELAYS_PAIRS_H

#include <linux/types.h>

struct seq_file;

int pairs_begin(void);
void pairs_end(void);

/* @thread is at @site, about @lock if it is not NULL; @ticks is now. */
void pairs_visit(u32 site, u32 thread, const void *lock, u64 ticks);

/* Whether @site is one of a pair. */
bool pairs_have(u32 site);

/* One line of how many there are, and one for each that has a lock. */
void pairs_show(struct seq_file *to);

#endif
