/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is drawn: the same for the same seed, round and words, whatever was drawn
 * before. A round is one of several in which a guest does the same again.
 */
#ifndef M2M_DELAYS_DRAW_H
#define M2M_DELAYS_DRAW_H

#include <linux/types.h>

enum drawn {
	DRAW_DELAY,
	DRAW_LENGTH,
	DRAW_PLACE,
	DRAW_PARTNER,
	DRAW_ORDER,
	DRAW_AHEAD,
};

u32 draw(enum drawn what, u32 first, u32 second, u32 third);

/* An interrupt comes to whatever runs, so it is a thread of its own. */
u32 this_thread(void);

#endif
