/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steps in each of which every allocation fails once, and every descriptor is one
 * too many once. What failed leaves nothing behind, and the same step then works.
 */
#ifndef M2M_SCARCITY_H
#define M2M_SCARCITY_H

#include <stdbool.h>

#include "inject.h"

struct scarcity_step {
	const char *name;
	/* A negative errno if it failed. @life is whatever the steps work with. */
	int (*make)(void *life);
	/* What it made goes away. NULL: it makes nothing. */
	void (*drop)(void *life);
	/* Several calls, or one that does not say ENOMEM when there was no memory. */
	bool several;
};

struct scarcity {
	struct inject inject;
	/* That were made, and allocations that failed in them. */
	unsigned int steps;
	unsigned int injected;
	/* Steps that did not work when nothing failed any more; errors that say something else. */
	unsigned int broken;
	unsigned int surprises;
};

/* As inject_open(). */
int scarcity_open(struct scarcity *scarcity);
void scarcity_close(struct scarcity *scarcity);

/*
 * Make a step again and again, first with few descriptors if it can be taken back,
 * then until no allocation failed in it. What it made when
 * one failed unseen goes away before it is made again. Returns what it returned at last.
 */
int scarcity_make(struct scarcity *scarcity, const struct scarcity_step *step, void *life);

#endif
