// SPDX-License-Identifier: GPL-2.0-only
#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "fwht.h"
#include "pattern.h"

#define MAGIC1		0x4f4f4f4f
#define MAGIC2		0xffffffff

/* Words of the header, big-endian but for the magic. */
enum word {
	WORD_MAGIC1,
	WORD_MAGIC2,
	WORD_VERSION,
	WORD_WIDTH,
	WORD_HEIGHT,
	WORD_FLAGS,
	WORD_COLORSPACE,
	WORD_XFER_FUNC,
	WORD_YCBCR_ENC,
	WORD_QUANTIZATION,
	WORD_SIZE,
	WORDS,
};

static_assert(WORDS * sizeof(__u32) == FWHT_HEADER, "size of the header");

#define COMPONENTS	3

#define FLAGS	(V4L2_FWHT_FL_I_FRAME | V4L2_FWHT_FL_LUMA_IS_UNCOMPRESSED | \
		 V4L2_FWHT_FL_CB_IS_UNCOMPRESSED | V4L2_FWHT_FL_CR_IS_UNCOMPRESSED | \
		 (COMPONENTS - 1) << V4L2_FWHT_FL_COMPONENTS_NUM_OFFSET | \
		 V4L2_FWHT_FL_PIXENC_YUV)

/* Half of the magic: where it cannot begin, it cannot be. */
#define FORBIDDEN	0xff

void fwht_noise(void *to, size_t size, __u64 seed, unsigned int frame)
{
	unsigned char *byte = to;
	size_t i;

	pattern_fill(to, size, seed, frame, 0);
	for (i = 0; i < size; i++)
		byte[i] -= byte[i] == FORBIDDEN;
}

void fwht_header(void *to, __u32 width, __u32 height, __u32 size)
{
	const __u32 header[WORDS] = {
		[WORD_MAGIC1] = MAGIC1,
		[WORD_MAGIC2] = MAGIC2,
		[WORD_VERSION] = htobe32(V4L2_FWHT_VERSION),
		[WORD_WIDTH] = htobe32(width),
		[WORD_HEIGHT] = htobe32(height),
		[WORD_FLAGS] = htobe32(FLAGS),
		[WORD_COLORSPACE] = htobe32(V4L2_COLORSPACE_REC709),
		[WORD_SIZE] = htobe32(size),
	};

	memcpy(to, header, sizeof(header));
}

static size_t differing(const unsigned char *byte, const unsigned char *expected, size_t size)
{
	size_t i, wrong = 0;

	for (i = 0; i < size; i++)
		wrong += byte[i] != expected[i];
	return wrong;
}

size_t fwht_wrong_noise(const void *from, size_t size, __u64 seed, unsigned int frame)
{
	unsigned char *noise = malloc(size);
	size_t wrong;

	if (!noise)
		return size;
	fwht_noise(noise, size, seed, frame);
	wrong = differing(from, noise, size);
	free(noise);
	return wrong;
}

size_t fwht_wrong_header(const void *header, __u32 width, __u32 height, __u32 size)
{
	unsigned char expected[FWHT_HEADER];

	fwht_header(expected, width, height, size);
	return differing(header, expected, FWHT_HEADER);
}

void fwht_params(struct v4l2_ctrl_fwht_params *params, __u32 width, __u32 height)
{
	memset(params, 0, sizeof(*params));
	params->version = V4L2_FWHT_VERSION;
	params->width = width;
	params->height = height;
	params->flags = FLAGS;
	params->colorspace = V4L2_COLORSPACE_REC709;
}
