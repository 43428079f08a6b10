/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_CPU_H
#define M2M_CPU_H

/* The calling thread runs on that CPU and on no other; -EINVAL if that is not there. */
int cpu_run_on(unsigned int cpu);

#endif
