/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_EFFORT_H
#define M2M_RIG_EFFORT_H

#include <stdint.h>
#include <sys/types.h>

/*
 * CPU time in nanoseconds: what the whole guest has spent since it booted, by
 * its ticks, and what a process has. 0 if it cannot be told.
 */
int64_t effort_of_all(void);
int64_t effort_of(pid_t pid);

#endif
