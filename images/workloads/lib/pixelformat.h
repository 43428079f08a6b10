/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_PIXELFORMAT_H
#define M2M_PIXELFORMAT_H

#include <linux/types.h>

/* By the name that videodev2.h has after V4L2_PIX_FMT_; 0 if it is not known here. */
__u32 pixelformat(const char *name);

#endif
