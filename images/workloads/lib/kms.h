/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A display: one plane on one CRTC, whose picture goes to a writeback
 * connector, so that what was shown can be read. Pictures are RGB565.
 */
#ifndef M2M_KMS_H
#define M2M_KMS_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#define KMS_PICTURES_MAX	8

struct kms {
	int card;
	__u32 width;
	__u32 height;
	__u32 crtc;
	__u32 plane;
	__u32 connector;
	__u32 mode;
	/* Pictures that can be shown. */
	__u32 picture[KMS_PICTURES_MAX];
	/* What was shown is written here, in 16 bits a colour: nothing is lost that way. */
	__u32 written;
	const __u16 *map;
	size_t size;
};

/* Functions that return int give 0 or a negative errno unless they say otherwise. */

/* -ENODEV if there is no such card, or it has no writeback connector. */
int kms_open(struct kms *kms, const char *driver, __u32 width, __u32 height);
void kms_close(struct kms *kms);

/* Picture @index is the memory of @dmabuf from now on. */
int kms_import(struct kms *kms, unsigned int index, int dmabuf, __u32 pitch);

/* Switch on, showing the blank memory of the card itself. */
int kms_light(struct kms *kms);

/*
 * Show picture @index, as an atomic commit that does not block. Returns a
 * sync_file that signals when it has been written back.
 */
int kms_flip(struct kms *kms, unsigned int index);

/* What was written back last, as the RGB565 that it was; @to has room for it. */
void kms_read(const struct kms *kms, void *to);

/* When the picture came on the screen (CLOCK_MONOTONIC); 0 if it has not within @msec. */
__s64 kms_flipped(const struct kms *kms, int msec);

#endif
