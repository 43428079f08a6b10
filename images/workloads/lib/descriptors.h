/* SPDX-License-Identifier: GPL-2.0-only */
/* The descriptors of this process: how many are taken, and what if there are none. */
#ifndef M2M_DESCRIPTORS_H
#define M2M_DESCRIPTORS_H

#include "copy.h"

/*
 * The lowest that is free, which tells of all that were taken, installed or not; a
 * negative errno.
 */
int descriptors_lowest(void);

/* From @limit on there are none, until this is called again with what it returned. */
int descriptors_limit(int limit);

/* Tells which was the lowest before a call that failed, and which is now. */
void descriptors_print(const struct copy *copy, const char *after_what, int before);

#endif
