/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_TURNS_H
#define M2M_RIG_TURNS_H

/*
 * How often the virtual CPUs take turns: two threads, each on its CPU, make
 * themselves the owner of one variable for @usec of guest time; gives how often
 * the owner changed. 0 on a single CPU. A negative errno on failure.
 */
long turns_measure(unsigned int usec);

#endif
