/* SPDX-License-Identifier: GPL-2.0-only */
/* The same workloads again and again, until the kernel complains. */
#ifndef M2M_RIG_ROUNDS_H
#define M2M_RIG_ROUNDS_H

#include <stdbool.h>

/* Threads are held up elsewhere than in other rounds. */
void round_begin(unsigned int number);

/* Whether the kernel warned, or lockdep is off, since the first call. */
bool kernel_complains(void);

#endif
