/* SPDX-License-Identifier: GPL-2.0-only */
/* What the bytes of a pixel mean, for those formats that the workloads ask for. */
#ifndef M2M_PIXELFORMAT_H
#define M2M_PIXELFORMAT_H

#include <stdbool.h>
#include <linux/types.h>

/* A field of a pixel, as bits of a little-endian word. */
struct pixelfield {
	unsigned char shift;
	unsigned char bits;
};

struct pixelformat {
	/* What videodev2.h has after V4L2_PIX_FMT_. */
	const char *name;
	__u32 code;
	/* Of a pixel in the first plane. */
	unsigned char bytes;
	bool yuv;
	/* Red, green, blue, alpha; no bits: the format does not have it. */
	struct pixelfield field[4];
	/* Chroma has half the columns; the rows that share one, and how many planes it takes. */
	unsigned char rows;
	unsigned char chroma_planes;
	/* V comes before U. */
	bool swapped;
	/* Chroma is in memory of its own. */
	bool apart;
};

/* NULL if it is not known here. */
const struct pixelformat *pixelformat_find(const char *name);

#endif
