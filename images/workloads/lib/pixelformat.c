// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <string.h>
#include <linux/videodev2.h>

#include "pixelformat.h"

#define FORMAT(name)	{ #name, V4L2_PIX_FMT_##name }

static const struct {
	const char *name;
	__u32 code;
} formats[] = {
	FORMAT(ARGB32), FORMAT(ABGR32), FORMAT(XBGR32), FORMAT(RGB24), FORMAT(BGR24),
	FORMAT(ARGB444), FORMAT(ARGB555), FORMAT(RGB565),
	FORMAT(NV12), FORMAT(NV12M), FORMAT(NV21), FORMAT(NV16), FORMAT(NV61),
	FORMAT(YUV420), FORMAT(YVU420), FORMAT(YUV422P),
};

__u32 pixelformat(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!strcmp(formats[i].name, name))
			return formats[i].code;
	}
	return 0;
}
