/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the decoders of hantro, on imitated hardware, make of a bitstream: a proof
 * of what they have read (images/silicon/decoder_picture.h). This is written from
 * that description, not from the code that it checks.
 */
#ifndef M2M_DECODED_H
#define M2M_DECODED_H

#include <stddef.h>
#include <linux/types.h>

#include "group.h"
#include "m2m.h"

/* A bitstream, and what the controls say of it. */
struct decoded {
	/* V4L2_PIX_FMT_MPEG2_SLICE or V4L2_PIX_FMT_H264_SLICE. */
	__u32 coded;
	__u16 frame;
	const void *stream;
	size_t bytes;
	/* The pictures that it is made of, in the order of group.h; NULL: it is lost. */
	unsigned int references;
	const void *reference[GROUP_REFERENCES];
};

/* Bytes of a picture, which is NV12 without gaps. */
size_t decoded_size(const struct m2m_format *format);

/* The picture as NV12, decoded_size() bytes of it. */
void decoded_draw(const struct decoded *decoded, const struct m2m_format *format, void *to);

/* What the post-processor makes of @picture: YUYV, width * height * 2 bytes of it. */
void decoded_show(const void *picture, const struct m2m_format *format, void *to);

#endif
