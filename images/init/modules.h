/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_MODULES_H
#define M2M_RIG_MODULES_H

#include "plan.h"

/* Load the plan's modules, in its order; dies on failure. */
void modules_load(const struct plan *plan);

/* Load /modules/@file with @params; 0 or a negative errno. */
int module_load(const char *file, const char *params);

#endif
