/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the imitated JPEG encoders write after the header that the driver itself
 * writes, of 624 bytes for the VEPU and 605 for the E5010: no image, but a proof of
 * which input they have read.
 *
 *   offset    bytes  content
 *   0         128    text, padded with blanks, the last byte a newline:
 *                    "m2m-vepu 1 WIDTH HEIGHT FORMAT SUM0 SUM1 SUM2"
 *                    in decimal, the sums as 16 hexadecimal digits each
 *   128       BODY   words of 8 bytes, little endian
 *   128+BODY  2      0xff 0xd9, the end of a JPEG image
 *
 * WIDTH and HEIGHT are those of the input, multiples of 16 (V4L2 calls them the
 * OUTPUT format's). FORMAT is 0 for YUV420M, 1 for NV12M, 2 for YUYV, 3 for UYVY.
 * BODY = WIDTH * HEIGHT / 16.
 *
 * SUMn is the checksum of plane n of the input, 0 for planes that the format
 * does not have. A plane has WIDTH * HEIGHT bytes (twice as many for YUYV and
 * UYVY), chroma planes half of that (NV12M) or a quarter (YUV420M). Over its
 * 8-byte little endian words, in order, from h = 0x6d326d2d76657075:
 *
 *   h = (h ^ word) * 0x9e3779b97f4a7c15;  h = h ^ (h >> 29)
 *
 * modulo 2^64. Word i of the body, from 0, is
 *
 *   mix(SUM0 + 3 * SUM1 + 5 * SUM2 + i) & 0x7f7f7f7f7f7f7f7f
 *
 * where mix(x) is  x ^= x >> 32;  x *= 0xd6e8feb86659fd93;  x ^= x >> 32;
 * x *= 0xd6e8feb86659fd93;  x ^= x >> 32.  No byte of text or body is 0xff, so
 * a JPEG parser finds no marker in them.
 *
 * A job that is to leave its data half done writes the first half of all these
 * bytes, rounded down. If the buffer is too small, nothing is written and the
 * encoder reports a full buffer.
 */
#ifndef M2M_SILICON_VEPU_PAYLOAD_H
#define M2M_SILICON_VEPU_PAYLOAD_H

#include <linux/types.h>

struct silicon_block;
struct silicon_job;

#define VEPU_TEXT_BYTES		128
#define VEPU_END_BYTES		2
#define VEPU_BODY_MASK		0x7f7f7f7f7f7f7f7fULL

#define VEPU_PLANES		3
#define VEPU_FORMATS		4

/* What is read, and where the proof of it goes. */
struct vepu_payload {
	u32 width;
	u32 height;
	u32 format;
	u32 plane[VEPU_PLANES];
	u32 output;
};

u32 vepu_payload_bytes(const struct vepu_payload *payload);
void vepu_payload_write(struct silicon_block *block, struct silicon_job *job,
			const struct vepu_payload *payload);

#endif
