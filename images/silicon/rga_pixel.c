// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pixels of the RGA: in memory, as 8-bit components, and between colour models.
 * rga_image.h says what is computed.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>

#include "rga_image.h"

static const struct rga_format rga_formats[16] = {
	[0] = { .bytes = 4, .field = { { 0, 8 }, { 8, 8 }, { 16, 8 }, { 24, 8 } } },
	[1] = { .bytes = 4, .field = { { 0, 8 }, { 8, 8 }, { 16, 8 }, { 24, 8 } } },
	[2] = { .bytes = 3, .field = { { 0, 8 }, { 8, 8 }, { 16, 8 }, { 0, 0 } } },
	[4] = { .bytes = 2, .field = { { 0, 5 }, { 5, 6 }, { 11, 5 }, { 0, 0 } } },
	[5] = { .bytes = 2, .field = { { 0, 5 }, { 5, 5 }, { 10, 5 }, { 15, 1 } } },
	[6] = { .bytes = 2, .field = { { 0, 4 }, { 4, 4 }, { 8, 4 }, { 12, 4 } } },
	[8] = { .bytes = 1, .yuv = true, .interleaved = true, .ydiv = 1 },
	[9] = { .bytes = 1, .yuv = true, .ydiv = 1 },
	[10] = { .bytes = 1, .yuv = true, .interleaved = true, .ydiv = 2 },
	[11] = { .bytes = 1, .yuv = true, .ydiv = 2 },
};

const struct rga_format *rga_format(u32 code)
{
	const struct rga_format *format = &rga_formats[code & 0xf];

	return format->bytes ? format : NULL;
}

static u32 rga_get(struct rga_window *window, u32 offset, unsigned int bytes)
{
	u32 value = 0, left;
	unsigned int i;
	u8 *at = rga_byte(window, offset, &left);

	for (i = 0; i < bytes; i++) {
		if (!left)
			at = rga_byte(window, offset + i, &left);
		left--;
		if (at)
			value |= (u32)*at++ << 8 * i;
	}
	return value;
}

static void rga_put(struct rga_window *window, u32 offset, unsigned int bytes, u32 value)
{
	unsigned int i;
	u32 left;
	u8 *at = rga_byte(window, offset, &left);

	for (i = 0; i < bytes; i++) {
		if (!left)
			at = rga_byte(window, offset + i, &left);
		left--;
		if (at)
			*at++ = value >> 8 * i;
	}
}

static u32 rga_widen(u32 value, unsigned int bits)
{
	switch (bits) {
	case 0:
		return 255;
	case 1:
		return value * 255;
	case 4:
		return value * 17;
	case 5:
		return value << 3 | value >> 2;
	case 6:
		return value << 2 | value >> 4;
	default:
		return value;
	}
}

/* Exchanging red and blue exchanges the two fields of equal width. */
static const struct rga_field *rga_field(const struct rga_image *image, unsigned int component)
{
	if (image->swap & RGA_SWAP_RED_BLUE && component != 1 && component != 3)
		component ^= 2;
	return &image->format->field[component];
}

static u32 rga_load_rgb(struct rga_image *image, u32 x, u32 y)
{
	u32 memory = rga_get(&image->luma, image->y + y * image->stride + x * image->format->bytes,
			     image->format->bytes);
	const struct rga_field *field;
	u32 c[4];
	int i;

	if (image->swap & RGA_SWAP_ALPHA)
		memory = ror32(memory, 8);
	for (i = 0; i < 4; i++) {
		field = rga_field(image, i);
		c[i] = rga_widen(memory >> field->shift & (BIT(field->bits) - 1), field->bits);
	}
	return c[3] << 24 | c[0] << 16 | c[1] << 8 | c[2];
}

static void rga_store_rgb(struct rga_image *image, u32 x, u32 y, u32 pixel)
{
	const u8 c[4] = { pixel >> 16, pixel >> 8, pixel, pixel >> 24 };
	const struct rga_field *field;
	u32 memory = 0;
	int i;

	for (i = 0; i < 4; i++) {
		field = rga_field(image, i);
		memory |= (u32)(c[i] >> (8 - field->bits)) << field->shift;
	}
	if (image->swap & RGA_SWAP_ALPHA)
		memory = rol32(memory, 8);
	rga_put(&image->luma, image->y + y * image->stride + x * image->format->bytes,
		image->format->bytes, memory);
}

/* Where the first or second chroma component of a pixel is. */
static u32 rga_chroma(const struct rga_image *image, u32 x, u32 y, bool second)
{
	u32 line = y / image->format->ydiv * image->chroma_stride;

	if (image->format->interleaved)
		return image->u + line + x / 2 * 2 + second;
	return (second ? image->v : image->u) + line + x / 2;
}

static struct rga_window *rga_chroma_window(struct rga_image *image, bool second)
{
	return &image->chroma[image->format->interleaved ? 0 : second];
}

static u32 rga_load_yuv(struct rga_image *image, u32 x, u32 y)
{
	bool swap = image->swap & RGA_SWAP_CHROMA;
	u32 c[2];
	int i;

	for (i = 0; i < 2; i++)
		c[i] = rga_get(rga_chroma_window(image, i), rga_chroma(image, x, y, i), 1);
	return rga_get(&image->luma, image->y + y * image->stride + x, 1) << 16 |
	       c[swap] << 8 | c[!swap];
}

static void rga_store_yuv(struct rga_image *image, u32 x, u32 y, u32 pixel)
{
	bool swap = image->swap & RGA_SWAP_CHROMA;

	rga_put(&image->luma, image->y + y * image->stride + x, 1, pixel >> 16);
	if (x % 2 || y % image->format->ydiv)
		return;
	rga_put(rga_chroma_window(image, swap), rga_chroma(image, x, y, swap), 1, pixel >> 8);
	rga_put(rga_chroma_window(image, !swap), rga_chroma(image, x, y, !swap), 1, pixel);
}

u32 rga_load(struct rga_image *image, u32 x, u32 y)
{
	return image->format->yuv ? rga_load_yuv(image, x, y) : rga_load_rgb(image, x, y);
}

void rga_store(struct rga_image *image, u32 x, u32 y, u32 pixel)
{
	if (image->format->yuv)
		rga_store_yuv(image, x, y, pixel);
	else
		rga_store_rgb(image, x, y, pixel);
}

/* Rows are red, green and blue; columns what Y, U and V weigh, in 256ths. */
static const s16 rga_rgb_of[][3][3] = {
	[RGA_BT601] = { { 298, 0, 409 }, { 298, -100, -208 }, { 298, 516, 0 } },
	[RGA_BT709] = { { 298, 0, 459 }, { 298, -55, -136 }, { 298, 541, 0 } },
	[RGA_BT601_FULL] = { { 256, 0, 359 }, { 256, -88, -183 }, { 256, 454, 0 } },
};

/* Rows are Y, U and V; columns what red, green and blue weigh. */
static const s16 rga_yuv_of[][3][3] = {
	[RGA_BT601] = { { 66, 129, 25 }, { -38, -74, 112 }, { 112, -94, -18 } },
	[RGA_BT709] = { { 47, 157, 16 }, { -26, -86, 112 }, { 112, -102, -10 } },
	[RGA_BT601_FULL] = { { 77, 150, 29 }, { -43, -84, 127 }, { 127, -106, -21 } },
};

static int rga_weigh(const s16 *row, const int *in)
{
	return (row[0] * in[0] + row[1] * in[1] + row[2] * in[2] + 128) >> 8;
}

static int rga_black(enum rga_csc csc)
{
	return csc == RGA_BT601_FULL ? 0 : 16;
}

u32 rga_to_rgb(u32 yuv, enum rga_csc csc)
{
	const int in[3] = {
		(int)(yuv >> 16 & 0xff) - rga_black(csc),
		(int)(yuv >> 8 & 0xff) - 128,
		(int)(yuv & 0xff) - 128,
	};
	u32 rgb = 0xff;
	int i;

	for (i = 0; i < 3; i++)
		rgb = rgb << 8 | clamp(rga_weigh(rga_rgb_of[csc][i], in), 0, 255);
	return rgb;
}

u32 rga_to_yuv(u32 rgb, enum rga_csc csc)
{
	const int in[3] = { rgb >> 16 & 0xff, rgb >> 8 & 0xff, rgb & 0xff };
	u32 y = rga_weigh(rga_yuv_of[csc][0], in) + rga_black(csc);
	u32 u = rga_weigh(rga_yuv_of[csc][1], in) + 128;
	u32 v = rga_weigh(rga_yuv_of[csc][2], in) + 128;

	return y << 16 | u << 8 | v;
}
