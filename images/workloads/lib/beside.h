/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program that others need while they run, such as a compositor. What it
 * printed becomes remarks when it ends.
 */
#ifndef M2M_BESIDE_H
#define M2M_BESIDE_H

#include <stdbool.h>
#include <sys/types.h>

#include "args.h"

/*
 * Start the program of these words, the first of which is its path, and wait
 * for the file @ready. Returns its process, or 0 if there are no words; ends the
 * program that calls if the other one does not come up.
 */
pid_t beside_start(const struct words *words, const char *ready);

/* End it as a person would; whether it did. */
bool beside_end(pid_t pid);

#endif
