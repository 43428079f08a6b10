/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A history: which thread makes which call after which, as the host wrote it
 * (docs/explain/exerciser.md). Nothing is decided here: a line is a call, and
 * words that stand for numbers of the device are looked up when it is made.
 */
#ifndef M2M_HISTORY_H
#define M2M_HISTORY_H

#include <stdbool.h>
#include <linux/types.h>

#define HISTORY_THREADS	3
#define HISTORY_WORDS	16

/* THREAD [RESULT =] NAME WORD… */
struct history_call {
	unsigned int round;
	unsigned int thread;
	/* What its result is called; NULL if it has none. */
	const char *result;
	const char *name;
	const char *word[HISTORY_WORDS];
	unsigned int words;
};

/* Rounds end when all threads have come to their end: a line "join". */
struct history {
	struct history_call *call;
	unsigned int calls;
	unsigned int rounds;
	unsigned int threads;
};

/* 0 or a negative errno: -EINVAL if a line is no call. */
int history_read(struct history *history, const char *path);

/* The word at @place, from 0, among those without a '='; "" if there is none. */
const char *history_word(const struct history_call *call, unsigned int place);

/* Whether a call has this very word. */
bool history_has(const struct history_call *call, const char *word);

/* What stands behind NAME= in a call; NULL if nothing does. */
const char *history_value(const struct history_call *call, const char *name);

/*
 * The number behind NAME=: a decimal one, or "n", "n+1", "n-1" or "n/2", where @n is
 * what the device has of it; @usual if there is none.
 */
__u64 history_number(const struct history_call *call, const char *name, __u64 n, __u64 usual);

/* The same of something that is counted from 0: a decimal number is taken modulo @n. */
__u64 history_index(const struct history_call *call, const char *name, __u64 n);

#endif
