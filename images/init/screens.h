/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_SCREENS_H
#define M2M_RIG_SCREENS_H

#include <stdbool.h>
#include <stddef.h>

/* Where workloads keep pictures (workloads/lib/screen.h), made by whoever has the first one. */
#define SCREENS_FOLDER	"/tmp/screens"

/* The path of one of them, the first by name; false if there is none. */
bool screens_next(char *path, size_t size);

#endif
