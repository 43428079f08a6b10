/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_POWER_H
#define M2M_RIG_POWER_H

#include "compiler.h"

__noreturn void power_off(void);

/* A line on the results port, `init: …`, then power off. */
__noreturn __printf(1, 2) void die(const char *fmt, ...);

/* A crash of ours must end like any other failure, not as a panic of the kernel under test. */
void power_catch_crashes(void);

/*
 * From now on power off unless @watch_over (or another watch_for) comes within
 * @seconds of guest time: the calling thread may get stuck in the kernel.
 */
int watch_start(void);
void watch_for(const char *what, unsigned int seconds);
void watch_over(void);

#endif
