// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <time.h>

#include "clock.h"

int64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

void clock_sleep(int64_t nsec)
{
	struct timespec left = {
		.tv_sec = nsec / NSEC_PER_SEC,
		.tv_nsec = nsec % NSEC_PER_SEC,
	};

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

int clock_wait_for(int (*there)(void *arg), void *arg, int64_t nsec)
{
	int64_t deadline = clock_now() + nsec;
	int answer;

	for (;;) {
		answer = there(arg);
		if (answer || clock_now() >= deadline)
			return answer;
		clock_sleep(NSEC_PER_MSEC);
	}
}
