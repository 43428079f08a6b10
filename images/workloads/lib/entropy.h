/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_ENTROPY_H
#define M2M_ENTROPY_H

#include <linux/types.h>

/*
 * The kernel's random numbers are those of @seed from now on. Without, whoever
 * asks for one waits for ever: the kernel then makes its own out of how the time
 * of an instruction varies, which it does not here.
 */
void entropy_give(__u64 seed);

#endif
