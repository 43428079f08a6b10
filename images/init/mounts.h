/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_MOUNTS_H
#define M2M_RIG_MOUNTS_H

/* Mount what a running system has; dies on failure. */
void mount_all(void);

/* The console is the kernel's alone: our standard streams go nowhere. */
void detach_console(void);

#endif
