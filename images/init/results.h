/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_RESULTS_H
#define M2M_RIG_RESULTS_H

#include <stddef.h>

#include "compiler.h"

/* Lines go to @fd from now on; before that, and without a port, to the kernel's log. */
void results_open(int fd);

/* One line; the line feed is added. Cut, never split, if longer than a port's buffer. */
__printf(1, 2) void results_line(const char *fmt, ...);

/* Bytes as they are. */
void results_write(const char *data, size_t size);

#endif
