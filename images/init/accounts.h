/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_ACCOUNTS_H
#define M2M_RIG_ACCOUNTS_H

#include "buffer.h"

/*
 * Who has allocated how much, from /proc/allocinfo. The first call keeps what
 * it read; the second one appends to @to how the sites of the kernel differ from
 * then, in lines as docs/reference/protocol.md has them. 0 or a negative errno.
 */
int accounts_begin(void);
int accounts_compare(struct buffer *to);

#endif
