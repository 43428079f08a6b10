// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pixels of the RGA: in memory, as 8-bit components, and between colour models.
 * rga_image.h says what is computed.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>

#include "rga_image.h"

#define RGA_SWAP_RED_BLUE	BIT(0)
#define RGA_SWAP_ALPHA		BIT(1)
#define RGA_SWAP_CHROMA		BIT(2)

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

u32 rga_to_rgb(u32 yuv, bool bt709)
{
	int c = 298 * ((int)(yuv >> 16 & 0xff) - 16) + 128;
	int d = (int)(yuv >> 8 & 0xff) - 128;
	int e = (int)(yuv & 0xff) - 128;
	int r = bt709 ? 459 * e : 409 * e;
	int g = bt709 ? -55 * d - 136 * e : -100 * d - 208 * e;
	int b = bt709 ? 541 * d : 516 * d;

	r = clamp((c + r) >> 8, 0, 255);
	g = clamp((c + g) >> 8, 0, 255);
	b = clamp((c + b) >> 8, 0, 255);
	return 0xff000000 | r << 16 | g << 8 | b;
}

u32 rga_to_yuv(u32 rgb, bool bt709)
{
	int r = rgb >> 16 & 0xff;
	int g = rgb >> 8 & 0xff;
	int b = rgb & 0xff;
	int y = bt709 ? 47 * r + 157 * g + 16 * b : 66 * r + 129 * g + 25 * b;
	int u = bt709 ? -26 * r - 86 * g + 112 * b : -38 * r - 74 * g + 112 * b;
	int v = bt709 ? 112 * r - 102 * g - 10 * b : 112 * r - 94 * g - 18 * b;

	y = ((y + 128) >> 8) + 16;
	u = ((u + 128) >> 8) + 128;
	v = ((v + 128) >> 8) + 128;
	return y << 16 | u << 8 | v;
}
