// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>
#include <string.h>

#include "decoded.h"
#include "proof.h"

/* So many lines of a reference apart are those that the hardware looks at. */
#define LINES_APART	16

static __u64 codec(const struct decoded *decoded)
{
	return decoded->coded == V4L2_PIX_FMT_MPEG2_SLICE ? 5 : 0;
}

size_t decoded_size(const struct m2m_format *format)
{
	return (size_t)format->width * format->height * 3 / 2;
}

static void draw_plane(__u64 seed, unsigned char *to, size_t bytes)
{
	size_t i, words = bytes / sizeof(__u64);
	__u64 word;

	for (i = 0; i < words; i++) {
		word = htole64(proof_mix(seed + i));
		memcpy(to + i * sizeof(word), &word, sizeof(word));
	}
}

static __u64 add_reference(__u64 mixed, const unsigned char *picture,
			   const struct m2m_format *format)
{
	__u32 line;

	if (!picture)
		return proof_mix(mixed);
	for (line = 0; line < format->height * 3 / 2; line += LINES_APART)
		mixed = proof_mix(mixed + proof_sum(picture + (size_t)line * format->width,
						    format->width));
	return mixed;
}

void decoded_draw(const struct decoded *decoded, const struct m2m_format *format, void *to)
{
	size_t luma = (size_t)format->width * format->height;
	__u64 seed = proof_sum(decoded->stream, decoded->bytes) + (codec(decoded) << 32) +
		     decoded->frame;
	__u64 mixed = 0;
	unsigned int i;

	for (i = 0; i < decoded->references; i++)
		mixed = add_reference(mixed, decoded->reference[i], format);
	seed += mixed;
	draw_plane(proof_mix(seed), to, luma);
	draw_plane(proof_mix(seed + (1 << 16)), (unsigned char *)to + luma, luma / 2);
}

void decoded_show(const void *picture, const struct m2m_format *format, void *to)
{
	const unsigned char *luma = picture, *chroma = luma + format->width * format->height;
	unsigned char *byte = to;
	__u32 x, y;

	for (y = 0; y < format->height; y++) {
		for (x = 0; x < format->width; x++) {
			*byte++ = luma[y * format->width + x];
			*byte++ = chroma[y / 2 * format->width + x];
		}
	}
}
