/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a device makes of a picture: another format, another size, mirrored,
 * turned. The arithmetic is that of images/silicon/rga_image.h, written down a
 * second time: what a job left in memory is compared with it byte by byte.
 *
 * The pictures that go in are patterns, so that seed and number tell a picture;
 * or they are those that another device has made.
 */
#ifndef M2M_CONVERSION_H
#define M2M_CONVERSION_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#include "m2m.h"
#include "pixelformat.h"

enum colours {
	BT601,
	BT709,
	BT601_FULL,
};

struct conversion_side {
	const struct pixelformat *pixels;
	struct m2m_format format;
};

/* From OUTPUT to CAPTURE; the formats are what the driver made of them. */
struct conversion {
	struct conversion_side from;
	struct conversion_side to;
	/* Turned clockwise, then mirrored left and right, top and bottom. */
	bool mirror_x;
	bool mirror_y;
	unsigned int degrees;
	enum colours colours;
	/* Room for one picture on either side. */
	void *in[M2M_PLANES_MAX];
	void *out[M2M_PLANES_MAX];
};

/* CAPTURE gets the bytes of OUTPUT, in one plane. */
bool conversion_is_copy(const struct conversion *conversion);

/* When the formats are known: 0, or a negative errno. */
int conversion_prepare(struct conversion *conversion);
void conversion_free(struct conversion *conversion);

/* Picture @frame into the planes of an OUTPUT buffer. */
void conversion_fill(const struct conversion *conversion, const struct m2m_buffer *buffer,
		     __u64 seed, unsigned int frame);

/* The planes of CAPTURE that come of those of OUTPUT, and of picture @frame. */
void conversion_make(const struct conversion *conversion, void *const *in, void *const *out);
void conversion_draw(const struct conversion *conversion, __u64 seed, unsigned int frame,
		     void *const *out);

/* Bytes of all planes of a CAPTURE buffer that are not those of picture @frame. */
size_t conversion_wrong(const struct conversion *conversion, const struct m2m_buffer *buffer,
			__u64 seed, unsigned int frame);

/* The same, when these planes were OUTPUT. */
size_t conversion_differs(const struct conversion *conversion, const struct m2m_buffer *buffer,
			  void *const *in);

#endif
