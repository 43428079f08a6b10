/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_SHELL_H
#define M2M_RIG_SHELL_H

/* A shell on hvc0; returns when it ends. Dies if there is no such terminal. */
void shell_run(void);

#endif
