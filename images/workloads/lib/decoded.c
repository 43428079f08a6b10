// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>
#include <string.h>

#include "decoded.h"
#include "proof.h"

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

void decoded_draw(const struct decoded *decoded, const struct m2m_format *format, void *to)
{
	size_t luma = (size_t)format->width * format->height;
	__u64 seed = proof_sum(decoded->stream, decoded->bytes) + (codec(decoded) << 32) +
		     decoded->frame;

	draw_plane(proof_mix(seed), to, luma);
	draw_plane(proof_mix(seed + (1 << 16)), (unsigned char *)to + luma, luma / 2);
}
