/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_FWCFG_H
#define M2M_RIG_FWCFG_H

#include "buffer.h"

/*
 * Append the fw_cfg file @name. 0, or a negative errno: -ENODEV without a
 * fw_cfg device, -ENOENT if it has no such file.
 */
int fwcfg_read(const char *name, struct buffer *to);

#endif
