/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_TRACE_H
#define M2M_RIG_TRACE_H

#include "buffer.h"
#include "plan.h"

/*
 * Size the ring and enable the events of the plan; dies on failure. What a plan
 * before has done of it costs nothing more.
 */
void trace_start(const struct plan *plan);

void trace_stop(void);

/* Both append and return 0 or a negative errno. */
int trace_read(struct buffer *to);
int trace_read_stats(struct buffer *to);

#endif
