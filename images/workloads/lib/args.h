/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_ARGS_H
#define M2M_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#define WORDS_MAX	16

/* The values of an option that may be given several times. */
struct words {
	const char *word[WORDS_MAX];
	unsigned int count;
};

/* One option, --NAME=VALUE; exactly one of the pointers says where the value goes. */
struct arg {
	const char *name;
	__u64 *number;
	const char **word;
	struct words *words;
};

/* Returns 0, or -EINVAL after a remark on what is wrong. */
int args_parse(int argc, char **argv, const struct arg *args, size_t count);

/* Whether @number is among the words. */
bool args_have(const struct words *words, unsigned long number);

#endif
