// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <time.h>

#include "clock.h"

__s64 clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

void clock_sleep_until(__s64 moment)
{
	struct timespec until = {
		.tv_sec = moment / NSEC_PER_SEC,
		.tv_nsec = moment % NSEC_PER_SEC,
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

void clock_sleep(__s64 nsec)
{
	clock_sleep_until(clock_now() + nsec);
}
