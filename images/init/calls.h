/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_CALLS_H
#define M2M_RIG_CALLS_H

#include "buffer.h"

/* Where workloads keep the records of their calls (workloads/lib/record.h). */
#define CALLS_FILE	"/tmp/calls"

/* An empty file for the next one: 0 or a negative errno. */
int calls_begin(void);

/*
 * Append what the last one left, which is nothing if it does not record, and
 * remove the file. 0 or a negative errno.
 */
int calls_end(struct buffer *to);

#endif
