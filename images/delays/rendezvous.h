/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holds a thread that comes to a place of a pair until another thread comes to a
 * partner of it, or for some time; then one of both goes ahead. It is drawn who
 * waits, for whom, and who is first.
 */
#ifndef M2M_DELAYS_RENDEZVOUS_H
#define M2M_DELAYS_RENDEZVOUS_H

#include <linux/types.h>

struct seat;
struct seq_file;

/* What is to be done when interrupts are on again. */
struct hold {
	/* Where to wait for a partner; NULL: nowhere. */
	struct seat *seat;
	/* One was met, and goes ahead for so long. */
	u32 microseconds;
};

/*
 * @thread comes to @site, about @lock or NULL, for the @hit-th time; @one_in of
 * such are held. Wants interrupts off, and rendezvous_keep() to follow with them on.
 */
struct hold rendezvous_draw(u32 site, u32 thread, u32 hit, const void *lock,
			    unsigned int one_in);

/* Wait up to @usec microseconds for a partner; how many more to wait now that it came. */
u32 rendezvous_keep(struct seat *seat, unsigned int usec);

void rendezvous_show(struct seq_file *to);

#endif
