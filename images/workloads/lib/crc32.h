/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_CRC32_H
#define M2M_CRC32_H

#include <stddef.h>
#include <linux/types.h>

/* What zlib's crc32() gives; @sum is that of the bytes before, 0 if there are none. */
__u32 crc32(__u32 sum, const void *bytes, size_t size);

#endif
