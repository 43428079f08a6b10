/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_MODULES_H
#define M2M_RIG_MODULES_H

#include "plan.h"

/* Load the modules of the plan of a guest that waits, as far as they can be. */
void modules_prepare(const struct plan *plan);

/* Load the plan's modules that are not there yet, in its order; dies on failure. */
void modules_load(const struct plan *plan);

/* Load /modules/@file with @params; 0 or a negative errno. */
int module_load(const char *file, const char *params);

#endif
