/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_CLOCK_H
#define M2M_RIG_CLOCK_H

#include <stdint.h>

#define NSEC_PER_USEC	1000LL
#define NSEC_PER_MSEC	1000000LL
#define NSEC_PER_SEC	1000000000LL

/* Guest time since boot, in nanoseconds. */
int64_t clock_now(void);

void clock_sleep(int64_t nsec);

/*
 * Ask every millisecond until @there says non-zero or @nsec have passed; gives
 * the last answer. Sleeping lets virtual time jump, a busy loop would not.
 */
int clock_wait_for(int (*there)(void *arg), void *arg, int64_t nsec);

#endif
