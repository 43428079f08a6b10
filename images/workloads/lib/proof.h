/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How imitated hardware proves what it has read: checksums, and words that follow
 * from them. Written from images/silicon/vepu_payload.h and sum.c, not from the
 * code that it checks.
 */
#ifndef M2M_PROOF_H
#define M2M_PROOF_H

#include <stddef.h>
#include <linux/types.h>

/* The last word is filled up with zeros. */
__u64 proof_sum(const void *from, size_t size);

__u64 proof_mix(__u64 word);

/* How many bytes differ. */
size_t proof_differing(const void *one, const void *other, size_t size);

#endif
