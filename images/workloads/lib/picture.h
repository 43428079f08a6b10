/* SPDX-License-Identifier: GPL-2.0-only */
/* What a consumer makes of the pixels it finds, when it knows what they should be. */
#ifndef M2M_PICTURE_H
#define M2M_PICTURE_H

#include <stddef.h>
#include <linux/types.h>

#include "consumer.h"

enum picture_looks {
	PICTURE_WHOLE,
	/* Every pixel has the same colour: memory that no device ever wrote to. */
	PICTURE_ONE_COLOUR,
	/* Every byte is that of the picture which the buffer held before. */
	PICTURE_STALE,
	/* Anything else. */
	PICTURE_TORN,
};

struct picture {
	size_t wrong_bytes;
	enum picture_looks looks;
	/* The first four bytes, little endian. */
	__u32 colour;
};

/*
 * Compare @size bytes with frame @frame of the pattern; @before is the frame
 * that was there earlier, or -1. @from must not change meanwhile.
 */
void picture_look(struct picture *picture, const void *from, size_t size, __u64 seed,
		  unsigned int frame, int before);

/*
 * When it is known that @wrong bytes differ from the picture, of which @from is
 * one plane of @size bytes.
 */
void picture_judge(struct picture *picture, const void *from, size_t size, size_t wrong);

/* Print an observation "pixels"; @at names the moment of the look. */
void picture_print(const struct picture *picture, const struct consumer_subject *subject,
		   const char *at);

#endif
