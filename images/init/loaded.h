/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_LOADED_H
#define M2M_RIG_LOADED_H

#include "buffer.h"

/*
 * What code the kernel consists of: the ELF notes of the kernel and of each
 * module, which hold their build IDs, and the addresses of the modules' data,
 * by which lock classes are told apart. Lines as docs/reference/protocol.md has them.
 * Returns 0 or a negative errno.
 */
int loaded_read(struct buffer *to);

/* Have at hand what can be known already. */
void loaded_prepare(void);

#endif
