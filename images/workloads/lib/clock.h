/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_CLOCK_H
#define M2M_CLOCK_H

#include <linux/types.h>

#define NSEC_PER_USEC	1000LL
#define NSEC_PER_MSEC	1000000LL
#define NSEC_PER_SEC	1000000000LL

/* CLOCK_MONOTONIC in nanoseconds, the clock of fence timestamps too. */
__s64 clock_now(void);

void clock_sleep(__s64 nsec);

/* Returns at once if @moment is past. */
void clock_sleep_until(__s64 moment);

#endif
