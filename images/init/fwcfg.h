/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_FWCFG_H
#define M2M_RIG_FWCFG_H

#include <stdint.h>

#include "buffer.h"

/* What the device reads and writes to know what to copy; big-endian. */
struct fwcfg_control {
	uint32_t command;
	uint32_t size;
	uint64_t address;
};

/*
 * Append the fw_cfg file @name, which is text and NULs. 0, or a negative errno:
 * -ENODEV without a fw_cfg device, -ENOENT if it has no such file.
 */
int fwcfg_read_text(const char *name, struct buffer *to);

/*
 * Let the device copy the fw_cfg file @name to physical memory, all at once;
 * @control, at @control_at, is memory that the device can read and write too.
 * The size of the file, or a negative errno: -E2BIG if it is more than @room.
 */
long fwcfg_transfer(const char *name, uint64_t to, size_t room,
		    volatile struct fwcfg_control *control, uint64_t control_at);

#endif
