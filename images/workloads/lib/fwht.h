/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FWHT frames whose planes are stored as they are. The format allows that for
 * each plane, and the kernel's encoder does it when coding would not make the
 * plane smaller, so noise has a coded form that can be told without coding.
 */
#ifndef M2M_FWHT_H
#define M2M_FWHT_H

#include <stddef.h>
#include <linux/types.h>
#include <linux/videodev2.h>

#define FWHT_HEADER	44

/* Noise of @size bytes without the byte that a stored plane cannot hold. */
void fwht_noise(void *to, size_t size, __u64 seed, unsigned int frame);

/* How many bytes of @from differ from that noise; @size if there is no memory. */
size_t fwht_wrong_noise(const void *from, size_t size, __u64 seed, unsigned int frame);

/* The header of a stored YUV 4:2:0 frame with @size bytes of planes. */
void fwht_header(void *to, __u32 width, __u32 height, __u32 size);

/* How many bytes of @header differ from what the encoder writes for such a frame. */
size_t fwht_wrong_header(const void *header, __u32 width, __u32 height, __u32 size);

/* The same for a decoder that gets no header. */
void fwht_params(struct v4l2_ctrl_fwht_params *params, __u32 width, __u32 height);

#endif
