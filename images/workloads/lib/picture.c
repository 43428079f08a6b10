// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "observe.h"
#include "pattern.h"
#include "picture.h"

static const char * const looks_names[] = {
	[PICTURE_WHOLE] = "whole",
	[PICTURE_ONE_COLOUR] = "one-colour",
	[PICTURE_STALE] = "stale",
	[PICTURE_TORN] = "torn",
};

/* Pixels of up to four bytes repeat at every fourth. */
static bool one_colour(const unsigned char *from, size_t size)
{
	return size > sizeof(__u32) && !memcmp(from, from + sizeof(__u32), size - sizeof(__u32));
}

void picture_judge(struct picture *picture, const void *from, size_t size, size_t wrong)
{
	const unsigned char *byte = from;

	picture->colour = size < sizeof(__u32) ? 0 : byte[0] | byte[1] << 8 | byte[2] << 16 |
						     (__u32)byte[3] << 24;
	picture->wrong_bytes = wrong;
	if (!wrong)
		picture->looks = PICTURE_WHOLE;
	else if (one_colour(from, size))
		picture->looks = PICTURE_ONE_COLOUR;
	else
		picture->looks = PICTURE_TORN;
}

void picture_look(struct picture *picture, const void *from, size_t size, __u64 seed,
		  unsigned int frame, int before)
{
	picture_judge(picture, from, size, pattern_wrong(from, size, seed, frame, 0));
	if (picture->looks == PICTURE_TORN && before >= 0 &&
	    pattern_check(from, size, seed, before, 0) == size)
		picture->looks = PICTURE_STALE;
}

void picture_print(const struct picture *picture, const struct consumer_subject *subject,
		   const char *at)
{
	struct observation seen;
	char colour[12];

	observe_begin(&seen, "pixels");
	consumer_add_subject(&seen, subject);
	observe_word(&seen, "at", at);
	observe_number(&seen, "wrong-bytes", picture->wrong_bytes);
	observe_word(&seen, "looks", looks_names[picture->looks]);
	if (picture->looks == PICTURE_ONE_COLOUR) {
		snprintf(colour, sizeof(colour), "0x%08x", picture->colour);
		observe_word(&seen, "colour", colour);
	}
	observe_end(&seen);
}
