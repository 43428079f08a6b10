// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <string.h>
#include <linux/videodev2.h>

#include "pixelformat.h"

#define FORMAT(format)	.name = #format, .code = V4L2_PIX_FMT_##format

static const struct pixelformat formats[] = {
	{ FORMAT(ARGB32), .bytes = 4,
	  .field = { { 8, 8 }, { 16, 8 }, { 24, 8 }, { 0, 8 } } },
	{ FORMAT(ABGR32), .bytes = 4,
	  .field = { { 16, 8 }, { 8, 8 }, { 0, 8 }, { 24, 8 } } },
	{ FORMAT(XBGR32), .bytes = 4,
	  .field = { { 16, 8 }, { 8, 8 }, { 0, 8 }, { 24, 8 } } },
	{ FORMAT(BGR32), .bytes = 4,
	  .field = { { 16, 8 }, { 8, 8 }, { 0, 8 }, { 24, 8 } } },
	{ FORMAT(RGB24), .bytes = 3,
	  .field = { { 0, 8 }, { 8, 8 }, { 16, 8 }, { 0, 0 } } },
	{ FORMAT(BGR24), .bytes = 3,
	  .field = { { 16, 8 }, { 8, 8 }, { 0, 8 }, { 0, 0 } } },
	{ FORMAT(ARGB444), .bytes = 2,
	  .field = { { 8, 4 }, { 4, 4 }, { 0, 4 }, { 12, 4 } } },
	{ FORMAT(ARGB555), .bytes = 2,
	  .field = { { 10, 5 }, { 5, 5 }, { 0, 5 }, { 15, 1 } } },
	{ FORMAT(RGB565), .bytes = 2,
	  .field = { { 11, 5 }, { 5, 6 }, { 0, 5 }, { 0, 0 } } },
	{ FORMAT(NV12), .bytes = 1, .yuv = true, .rows = 2, .chroma_planes = 1 },
	{ FORMAT(NV12M), .bytes = 1, .yuv = true, .rows = 2, .chroma_planes = 1, .apart = true },
	{ FORMAT(NV21), .bytes = 1, .yuv = true, .rows = 2, .chroma_planes = 1, .swapped = true },
	{ FORMAT(NV16), .bytes = 1, .yuv = true, .rows = 1, .chroma_planes = 1 },
	{ FORMAT(NV61), .bytes = 1, .yuv = true, .rows = 1, .chroma_planes = 1, .swapped = true },
	{ FORMAT(YUV420), .bytes = 1, .yuv = true, .rows = 2, .chroma_planes = 2 },
	{ FORMAT(YVU420), .bytes = 1, .yuv = true, .rows = 2, .chroma_planes = 2, .swapped = true },
	{ FORMAT(YUV422P), .bytes = 1, .yuv = true, .rows = 1, .chroma_planes = 2 },
	{ .name = NULL }
};

const struct pixelformat *pixelformat_find(const char *name)
{
	const struct pixelformat *format;

	for (format = formats; format->name; format++) {
		if (!strcmp(format->name, name))
			return format;
	}
	return NULL;
}
