/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the JPEG encoders of hantro and the E5010, on imitated hardware, make of a
 * picture: a proof of which input it has read (images/silicon/vepu_payload.h). This is
 * written from that description, not from the code that it checks.
 */
#ifndef M2M_VEPU_H
#define M2M_VEPU_H

#include <stddef.h>
#include <linux/types.h>

#include "m2m.h"

#define VEPU_DRIVER		"hantro-vpu"
#define VEPU_PLANES		3

/* The driver's own header comes before it; where in it the height is, then the width. */
struct vepu_header {
	__u32 bytes;
	__u32 height;
};

extern const struct vepu_header vepu_hantro;
extern const struct vepu_header vepu_e5010;

/* The picture that a job is to read. */
struct vepu {
	const struct vepu_header *header;
	__u32 width;
	__u32 height;
	/* 0 YUV420M, 1 NV12M, 2 YUYV, 3 UYVY. */
	unsigned int format;
	unsigned int planes;
	/* Bytes that the encoder reads. */
	__u32 bytes[VEPU_PLANES];
	__u64 sum[VEPU_PLANES];
};

/* -EINVAL if the encoder does not read this format; it reads whole lines without gaps. */
int vepu_init(struct vepu *vepu, const struct vepu_header *header,
	      const struct m2m_format *format);

/* The checksums of @buffer, which is to be encoded. */
void vepu_read(struct vepu *vepu, const struct m2m_buffer *buffer);

/* Bytes that a job leaves in the CAPTURE buffer, the header included. */
__u32 vepu_size(const struct vepu *vepu);

/* How many of them in @from are not what the job has to write. */
size_t vepu_wrong(const struct vepu *vepu, const void *from);

#endif
