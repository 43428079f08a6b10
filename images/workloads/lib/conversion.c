// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conversion.h"
#include "pattern.h"
#include "proof.h"

/* Y, U, V or R, G, B, and alpha, 8 bits each. */
struct pixel {
	int c[4];
};

/* One side of the picture in memory. */
struct canvas {
	const struct pixelformat *pixels;
	unsigned int width;
	unsigned int height;
	unsigned int stride;
	unsigned char *base;
	/* Where U and V begin, bytes to the next of each, and from line to line. */
	unsigned char *chroma[2];
	unsigned int step;
	unsigned int chroma_stride;
};

static void canvas_init(struct canvas *canvas, const struct conversion_side *side,
			void *const *plane)
{
	const struct pixelformat *pixels = side->pixels;
	unsigned char *chroma;

	canvas->pixels = pixels;
	canvas->width = side->format.width;
	canvas->height = side->format.height;
	canvas->stride = side->format.bytesperline[0];
	canvas->base = plane[0];
	if (!pixels->yuv)
		return;
	chroma = pixels->apart ? plane[1] : canvas->base + canvas->stride * canvas->height;
	canvas->chroma_stride = pixels->chroma_planes == 1 ? canvas->stride : canvas->stride / 2;
	canvas->step = pixels->chroma_planes == 1 ? 2 : 1;
	canvas->chroma[pixels->swapped] = chroma;
	if (pixels->chroma_planes == 2)
		chroma += canvas->chroma_stride * (canvas->height / pixels->rows);
	else
		chroma++;
	canvas->chroma[!pixels->swapped] = chroma;
}

static unsigned char *chroma_at(const struct canvas *canvas, unsigned int x, unsigned int y,
				unsigned int which)
{
	return canvas->chroma[which] + y / canvas->pixels->rows * canvas->chroma_stride +
	       x / 2 * canvas->step;
}

/* The upper bits come again in the lower ones, so that all ones stay all ones. */
static int widen(unsigned int value, unsigned int bits)
{
	unsigned int wide = 0;
	int left;

	if (!bits)
		return 255;
	for (left = 8; left > 0; left -= bits)
		wide |= left >= (int)bits ? value << (left - bits) : value >> (bits - left);
	return wide;
}

static struct pixel pixel_get(const struct canvas *canvas, unsigned int x, unsigned int y)
{
	const struct pixelformat *pixels = canvas->pixels;
	const unsigned char *at = canvas->base + y * canvas->stride + x * pixels->bytes;
	struct pixel pixel;
	__u32 word = 0;
	int i;

	if (pixels->yuv) {
		pixel.c[0] = *at;
		pixel.c[1] = *chroma_at(canvas, x, y, 0);
		pixel.c[2] = *chroma_at(canvas, x, y, 1);
		pixel.c[3] = 255;
		return pixel;
	}
	for (i = 0; i < pixels->bytes; i++)
		word |= (__u32)at[i] << (8 * i);
	for (i = 0; i < 4; i++)
		pixel.c[i] = widen((word >> pixels->field[i].shift) &
				   ((1u << pixels->field[i].bits) - 1), pixels->field[i].bits);
	return pixel;
}

static void pixel_put(const struct canvas *canvas, unsigned int x, unsigned int y,
		      const struct pixel *pixel)
{
	const struct pixelformat *pixels = canvas->pixels;
	unsigned char *at = canvas->base + y * canvas->stride + x * pixels->bytes;
	__u32 word = 0;
	int i;

	if (pixels->yuv) {
		*at = pixel->c[0];
		if (x % 2 || y % pixels->rows)
			return;
		*chroma_at(canvas, x, y, 0) = pixel->c[1];
		*chroma_at(canvas, x, y, 1) = pixel->c[2];
		return;
	}
	for (i = 0; i < 4; i++)
		word |= (__u32)(pixel->c[i] >> (8 - pixels->field[i].bits)) <<
			pixels->field[i].shift;
	for (i = 0; i < pixels->bytes; i++)
		at[i] = word >> (8 * i);
}

static int to_byte(int value)
{
	return value < 0 ? 0 : value > 255 ? 255 : value;
}

/* Coefficients in 256ths; a shift rounds down, also below zero. */
static void to_rgb(struct pixel *pixel, enum colours colours)
{
	static const int factor[][3][3] = {
		[BT601] = { { 298, 0, 409 }, { 298, -100, -208 }, { 298, 516, 0 } },
		[BT709] = { { 298, 0, 459 }, { 298, -55, -136 }, { 298, 541, 0 } },
		[BT601_FULL] = { { 256, 0, 359 }, { 256, -88, -183 }, { 256, 454, 0 } },
	};
	int black = colours == BT601_FULL ? 0 : 16;
	int in[3] = { pixel->c[0] - black, pixel->c[1] - 128, pixel->c[2] - 128 };
	const int *row;
	int i;

	for (i = 0; i < 3; i++) {
		row = factor[colours][i];
		pixel->c[i] = to_byte((row[0] * in[0] + row[1] * in[1] + row[2] * in[2] + 128)
				      >> 8);
	}
	pixel->c[3] = 255;
}

static void to_yuv(struct pixel *pixel, enum colours colours)
{
	static const int factor[][3][4] = {
		[BT601] = { { 66, 129, 25, 16 }, { -38, -74, 112, 128 }, { 112, -94, -18, 128 } },
		[BT709] = { { 47, 157, 16, 16 }, { -26, -86, 112, 128 }, { 112, -102, -10, 128 } },
		[BT601_FULL] = { { 77, 150, 29, 0 }, { -43, -84, 127, 128 },
				 { 127, -106, -21, 128 } },
	};
	int in[3] = { pixel->c[0], pixel->c[1], pixel->c[2] };
	const int *row;
	int i;

	for (i = 0; i < 3; i++) {
		row = factor[colours][i];
		pixel->c[i] = ((row[0] * in[0] + row[1] * in[1] + row[2] * in[2] + 128) >> 8) +
			      row[3];
	}
}

/*
 * From a place in the picture that comes out to the one it is taken from:
 * unmirror, turn back, scale to the nearest pixel above and to the left.
 */
static void origin(const struct conversion *conversion, unsigned int *x, unsigned int *y)
{
	const struct m2m_format *from = &conversion->from.format, *to = &conversion->to.format;
	unsigned int width = to->width, height = to->height, turn;

	if (conversion->mirror_x)
		*x = width - 1 - *x;
	if (conversion->mirror_y)
		*y = height - 1 - *y;
	for (turn = 0; turn < conversion->degrees / 90; turn++) {
		unsigned int across = *x;

		/* What is at the right edge after a quarter turn was at the top. */
		*x = *y;
		*y = width - 1 - across;
		across = width;
		width = height;
		height = across;
	}
	*x = *x * from->width / width;
	*y = *y * from->height / height;
}

static void draw(const struct conversion *conversion, void *const *in, void *const *out)
{
	struct canvas from, to;
	struct pixel pixel;
	unsigned int x, y, u, v;

	canvas_init(&from, &conversion->from, in);
	canvas_init(&to, &conversion->to, out);
	for (y = 0; y < to.height; y++) {
		for (x = 0; x < to.width; x++) {
			u = x;
			v = y;
			origin(conversion, &u, &v);
			pixel = pixel_get(&from, u, v);
			if (from.pixels->yuv && !to.pixels->yuv)
				to_rgb(&pixel, conversion->colours);
			else if (!from.pixels->yuv && to.pixels->yuv)
				to_yuv(&pixel, conversion->colours);
			pixel_put(&to, x, y, &pixel);
		}
	}
}

static bool same_bytes(const struct conversion *conversion)
{
	const struct m2m_format *from = &conversion->from.format, *to = &conversion->to.format;

	return !memcmp(from, to, sizeof(*to)) && !conversion->mirror_x &&
	       !conversion->mirror_y && !conversion->degrees;
}

bool conversion_is_copy(const struct conversion *conversion)
{
	return same_bytes(conversion) && conversion->to.format.planes == 1;
}

static int allocate(void **plane, const struct m2m_format *format)
{
	unsigned int i;

	for (i = 0; i < format->planes; i++) {
		plane[i] = calloc(1, format->sizeimage[i]);
		if (!plane[i])
			return -ENOMEM;
	}
	return 0;
}

int conversion_prepare(struct conversion *conversion)
{
	int ret;

	ret = allocate(conversion->in, &conversion->from.format);
	return ret ? ret : allocate(conversion->out, &conversion->to.format);
}

void conversion_free(struct conversion *conversion)
{
	unsigned int i;

	for (i = 0; i < M2M_PLANES_MAX; i++) {
		free(conversion->in[i]);
		free(conversion->out[i]);
		conversion->in[i] = NULL;
		conversion->out[i] = NULL;
	}
}

void conversion_fill(const struct conversion *conversion, const struct m2m_buffer *buffer,
		     __u64 seed, unsigned int frame)
{
	const struct m2m_format *from = &conversion->from.format;
	unsigned int i;

	for (i = 0; i < from->planes; i++)
		pattern_fill(buffer->plane[i].map, from->sizeimage[i], seed, frame, i);
}

void conversion_make(const struct conversion *conversion, void *const *in, void *const *out)
{
	const struct m2m_format *to = &conversion->to.format;
	unsigned int i;

	if (!same_bytes(conversion)) {
		draw(conversion, in, out);
		return;
	}
	for (i = 0; i < to->planes; i++)
		memcpy(out[i], in[i], to->sizeimage[i]);
}

void conversion_draw(const struct conversion *conversion, __u64 seed, unsigned int frame,
		     void *const *out)
{
	const struct m2m_format *from = &conversion->from.format;
	unsigned int i;

	for (i = 0; i < from->planes; i++)
		pattern_fill(conversion->in[i], from->sizeimage[i], seed, frame, i);
	conversion_make(conversion, conversion->in, out);
}

static size_t compare(const struct conversion *conversion, const struct m2m_buffer *buffer)
{
	const struct m2m_format *to = &conversion->to.format;
	size_t wrong = 0;
	unsigned int i;

	for (i = 0; i < to->planes; i++)
		wrong += proof_differing(buffer->plane[i].map, conversion->out[i],
					 to->sizeimage[i]);
	return wrong;
}

size_t conversion_differs(const struct conversion *conversion, const struct m2m_buffer *buffer,
			  void *const *in)
{
	conversion_make(conversion, in, conversion->out);
	return compare(conversion, buffer);
}

size_t conversion_wrong(const struct conversion *conversion, const struct m2m_buffer *buffer,
			__u64 seed, unsigned int frame)
{
	conversion_draw(conversion, seed, frame, conversion->out);
	return compare(conversion, buffer);
}
