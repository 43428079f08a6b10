/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_SHELL_H
#define M2M_RIG_SHELL_H

struct plan;

/*
 * A shell on hvc0, for a person or for the plan's command; returns when it
 * ends, and has told its status then. Dies if there is no such terminal.
 */
void shell_run(const struct plan *plan);

#endif
