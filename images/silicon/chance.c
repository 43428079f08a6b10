// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chance without a state: what is drawn for a job follows from the seed, the
 * block, the number of the job and the purpose alone. So it does not depend on
 * what other blocks do, nor on how often anything else was drawn.
 */
#include <linux/math64.h>

#include "silicon.h"

/* Two rounds of multiply and shift: every bit of @word reaches every bit. */
u64 silicon_mix(u64 word)
{
	word ^= word >> 32;
	word *= 0xd6e8feb86659fd93ULL;
	word ^= word >> 32;
	word *= 0xd6e8feb86659fd93ULL;
	word ^= word >> 32;
	return word;
}

/* A number from 0 to @below - 1. */
u64 silicon_chance(const struct silicon_block *block, u32 number,
		   enum silicon_purpose purpose, u64 below)
{
	const char *c;
	u64 word = silicon_mix(silicon_seed + 1);
	u64 rest;

	for (c = block->ops->name; *c; c++)
		word = silicon_mix(word + *c);
	word = silicon_mix(word + number);
	word = silicon_mix(word + purpose);
	div64_u64_rem(word, below, &rest);
	return rest;
}
