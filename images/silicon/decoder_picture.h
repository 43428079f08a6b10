/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the imitated decoders write: no picture that anybody has coded, but a
 * proof of which bitstream they have read, by which controls, and of which
 * reference pictures.
 *
 * The picture is NV12 without gaps: WIDTH * HEIGHT bytes of luma, then half as
 * many of chroma, WIDTH and HEIGHT those of the registers, 16 for each macroblock.
 * Word i (8 bytes, little endian, from 0) of plane p (0 luma, 1 chroma) is
 *
 *   mix(mix(SUM + (CODEC << 32) + (p << 16) + FRAME + REFERENCES) + i)
 *
 * modulo 2^64, with the mix() of vepu_payload.h. SUM is the checksum of sum.c over
 * the whole bitstream. CODEC is what the hardware calls it: 0 for H.264, 5 for
 * MPEG-2. FRAME is a number of 16 bits that the controls of the picture tell the
 * hardware: frame_num for H.264; for MPEG-2, which has no such number, the four
 * f_codes, 4 bits each: forward horizontal in the highest bits, forward vertical,
 * backward horizontal, backward vertical.
 *
 * So controls of one picture and the bitstream of another make neither of both.
 *
 * REFERENCES is 0 for a picture without any. It begins with 0, and for each
 * reference, in order, for each line of it that is looked at, also in order,
 *
 *   REFERENCES = mix(REFERENCES + the checksum of sum.c over the line)
 *
 * The lines are those with a number that 16 divides, of all HEIGHT * 3 / 2 that
 * luma and chroma make. Hardware that is sent to the picture itself for a
 * reference, as drivers do for one that is missing, finds nothing there yet:
 *
 *   REFERENCES = mix(REFERENCES), once
 *
 * They are read at the moment at which the picture is written. Which there are the
 * registers say, and each of them must be right: for MPEG-2 the type of the
 * picture, which has none (I), a forward one (P), or a forward and a backward one
 * (B), in this order; for H.264, where the slices in the bitstream have the type,
 * as many as there are valid ones, the first of the initial list of P slices. Of
 * pictures that are fields no reference is looked at.
 *
 * A job that is to leave its data half done writes the first half of all bytes.
 *
 * With the post-processor at work, memory that nobody else knows is given the
 * picture, and then the buffer gets the same as YUYV, as large: each pixel its
 * luma, each pair of pixels the chroma of its two columns and two lines. Half done
 * is then half of the lines.
 */
#ifndef M2M_SILICON_DECODER_PICTURE_H
#define M2M_SILICON_DECODER_PICTURE_H

#include <linux/types.h>

struct silicon_block;
struct silicon_job;

#define DECODER_H264		0
#define DECODER_MPEG2		5
#define DECODER_MACROBLOCK	16
#define DECODER_REFERENCES	16

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
	/* Where the picture goes, and as YUYV; 0: the post-processor does nothing. */
	u32 picture;
	u32 shown;
	/* Where its references are. */
	u32 reference[DECODER_REFERENCES];
	unsigned int references;
};

/*
 * Of an H.264 frame: @valid has a bit for each of the @address that is a reference,
 * the highest for the first; the first of @list say in which order.
 */
void decoder_refer(struct decoder_task *task, u32 valid, const u8 *list, const u32 *address);

/* When the task is filled in; an error if there is nothing to decode, or to no use. */
int decoder_accept(struct silicon_job *job);
void decoder_work(struct silicon_block *block, struct silicon_job *job);

#endif
