/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the imitated decoders write: no picture that anybody has coded, but a
 * proof of which bitstream they have read, and by which controls.
 *
 * The picture is NV12 without gaps: WIDTH * HEIGHT bytes of luma, then half as
 * many of chroma, WIDTH and HEIGHT those of the registers, 16 for each macroblock.
 * Word i (8 bytes, little endian, from 0) of plane p (0 luma, 1 chroma) is
 *
 *   mix(mix(SUM + (CODEC << 32) + (p << 16) + FRAME) + i)
 *
 * modulo 2^64, with the mix() of vepu_payload.h. SUM is the checksum of sum.c over
 * the whole bitstream. CODEC is what the hardware calls it: 0 for H.264, 5 for
 * MPEG-2. FRAME is a number of 16 bits that the controls of the picture tell the
 * hardware: frame_num for H.264; for MPEG-2, which has no such number, the four
 * f_codes, 4 bits each: forward horizontal in the highest bits, forward vertical,
 * backward horizontal, backward vertical.
 *
 * So controls of one picture and the bitstream of another make neither of both.
 * Reference pictures are not read. A job that is to leave its data half done
 * writes the first half of all bytes.
 */
#ifndef M2M_SILICON_DECODER_PICTURE_H
#define M2M_SILICON_DECODER_PICTURE_H

#include <linux/types.h>

struct silicon_block;
struct silicon_job;

#define DECODER_H264		0
#define DECODER_MPEG2		5
#define DECODER_MACROBLOCK	16

/* A job of any decoder, as its registers have it. */
struct decoder_task {
	u32 codec;
	u32 frame;
	/* In pixels. */
	u32 width;
	u32 height;
	/* Where the bitstream is, and its bytes. */
	u32 stream;
	u32 bytes;
	/* Where the picture goes. */
	u32 picture;
};

/* When the task is filled in; an error if there is nothing to decode, or to no use. */
int decoder_accept(struct silicon_job *job);
void decoder_work(struct silicon_block *block, struct silicon_job *job);

#endif
