/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_CPUS_H
#define M2M_RIG_CPUS_H

/* Bring every CPU up that the kernel has not. 0, or -errno. */
int cpus_online(void);

#endif
