/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a display shows, looked at by somebody who does not own it: whoever is
 * allowed everything may see what memory a picture is made of, and ask the
 * display for a checksum of what it puts on the screen.
 */
#ifndef M2M_SCREEN_H
#define M2M_SCREEN_H

#include <linux/types.h>

struct screen {
	__u32 width;
	__u32 height;
	/* Red, green and blue of each pixel, a byte each. */
	__u8 *pixels;
	/* CRC-32 of what lies in memory; a fourth byte that means nothing counts as 255. */
	__u32 sum;
	/* How many colours there are: one if no device ever wrote to that memory. */
	unsigned int colours;
	/* The display's own checksum of the screen, and what it must be of this memory. */
	__u32 composed;
	__u32 due;
};

/* Functions that return int give 0 or a negative errno unless they say otherwise. */

/*
 * Wait until the display of @driver shows a picture of more than one colour, for
 * @msec at most; -ETIMEDOUT if it shows nothing at all by then.
 */
int screen_wait(const char *driver, int msec);

/*
 * What it shows; -EINVAL if that is neither XRGB8888 nor RGB565. Looks again, for @msec at most,
 * if another picture came meanwhile.
 */
int screen_look(struct screen *screen, const char *driver, int msec);

/* Keep it as evidence: the case has it as a picture of this name. */
int screen_keep(const struct screen *screen, const char *name);

/* Print the remark "screen". */
void screen_print(const struct screen *screen, const char *driver);

void screen_free(struct screen *screen);

#endif
