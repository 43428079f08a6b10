// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "proof.h"
#include "vepu.h"

#define FORMATS		4
#define TEXT_BYTES	128
#define END_BYTES	2

/* Of the header: two bytes of marker, then height and width, big endian. */
#define HEADER_MARKER	2
#define HEADER_SIZES	4

const struct vepu_header vepu_hantro = { .bytes = 624, .height = 159 };
const struct vepu_header vepu_e5010 = { .bytes = 605, .height = 577 };

/* In quarters of width times height. */
static const struct {
	__u32 pixelformat;
	unsigned int planes;
	unsigned int quarters[VEPU_PLANES];
} formats[FORMATS] = {
	{ V4L2_PIX_FMT_YUV420M, 3, { 4, 1, 1 } },
	{ V4L2_PIX_FMT_NV12M, 2, { 4, 2, 0 } },
	{ V4L2_PIX_FMT_YUYV, 1, { 8, 0, 0 } },
	{ V4L2_PIX_FMT_UYVY, 1, { 8, 0, 0 } },
};

int vepu_init(struct vepu *vepu, const struct vepu_header *header,
	      const struct m2m_format *format)
{
	unsigned int i, plane;

	memset(vepu, 0, sizeof(*vepu));
	for (i = 0; formats[i].pixelformat != format->pixelformat;) {
		if (++i == FORMATS)
			return -EINVAL;
	}
	vepu->header = header;
	vepu->width = format->width;
	vepu->height = format->height;
	vepu->format = i;
	vepu->planes = formats[i].planes;
	for (plane = 0; plane < vepu->planes; plane++) {
		vepu->bytes[plane] = format->width * format->height / 4 *
				     formats[i].quarters[plane];
		if (format->sizeimage[plane] < vepu->bytes[plane])
			return -EINVAL;
	}
	return format->planes == vepu->planes ? 0 : -EINVAL;
}

void vepu_read(struct vepu *vepu, const struct m2m_buffer *buffer)
{
	unsigned int plane;

	for (plane = 0; plane < vepu->planes; plane++)
		vepu->sum[plane] = proof_sum(buffer->plane[plane].map, vepu->bytes[plane]);
}

static __u32 body_words(const struct vepu *vepu)
{
	return vepu->width * vepu->height / 16 / sizeof(__u64);
}

__u32 vepu_size(const struct vepu *vepu)
{
	return vepu->header->bytes + TEXT_BYTES + body_words(vepu) * sizeof(__u64) + END_BYTES;
}

/* Of the header those bytes that say what picture this is. */
static size_t wrong_header(const struct vepu *vepu, const unsigned char *from)
{
	const unsigned char wanted[HEADER_MARKER + HEADER_SIZES] = {
		0xff, 0xd8, vepu->height >> 8, vepu->height, vepu->width >> 8, vepu->width,
	};

	return proof_differing(from, wanted, HEADER_MARKER) +
	       proof_differing(from + vepu->header->height, wanted + HEADER_MARKER,
			       HEADER_SIZES);
}

static size_t wrong_text(const struct vepu *vepu, const unsigned char *from)
{
	char text[TEXT_BYTES + 1];
	int size;

	memset(text, ' ', sizeof(text));
	size = snprintf(text, sizeof(text), "m2m-vepu 1 %u %u %u %016llx %016llx %016llx",
			vepu->width, vepu->height, vepu->format, vepu->sum[0], vepu->sum[1],
			vepu->sum[2]);
	text[size] = ' ';
	text[TEXT_BYTES - 1] = '\n';
	return proof_differing(from, text, TEXT_BYTES);
}

size_t vepu_wrong(const struct vepu *vepu, const void *jpeg)
{
	static const unsigned char end[END_BYTES] = { 0xff, 0xd9 };
	const unsigned char *from = jpeg;
	__u64 seed = vepu->sum[0] + 3 * vepu->sum[1] + 5 * vepu->sum[2];
	size_t wrong = wrong_header(vepu, from);
	__u64 word;
	__u32 i;

	from += vepu->header->bytes;
	wrong += wrong_text(vepu, from);
	from += TEXT_BYTES;
	for (i = 0; i < body_words(vepu); i++, from += sizeof(word)) {
		word = htole64(proof_mix(seed + i) & 0x7f7f7f7f7f7f7f7fULL);
		wrong += proof_differing(from, &word, sizeof(word));
	}
	return wrong + proof_differing(from, end, END_BYTES);
}
