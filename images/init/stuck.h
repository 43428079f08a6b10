/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_STUCK_H
#define M2M_RIG_STUCK_H

#include <sys/types.h>

/* Say in the results where in the kernel the threads of a process are. */
void stuck_tell(pid_t pid);

#endif
