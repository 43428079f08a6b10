/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_RUN_H
#define M2M_RIG_RUN_H

#include "plan.h"

/*
 * Run the plan's workloads, each a top-level KTAP test; what calls they made
 * and what pictures they kept goes to the dump port.
 */
void run_all(const struct plan *plan, int dump);

#endif
