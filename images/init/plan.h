/* SPDX-License-Identifier: GPL-2.0-only */
/* The plan of one case, as docs/reference/protocol.md defines it. */
#ifndef M2M_RIG_PLAN_H
#define M2M_RIG_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#define PLAN_SIZE	16384
#define PLAN_WORDS	64

/*
 * The words of one line, decoded; NULL behind the last. @name is the second
 * word as the plan has it, for the results.
 */
struct line {
	struct line *next;
	char *name;
	size_t count;
	char *word[PLAN_WORDS + 1];
};

/* Lines of one directive, in the plan's order. */
struct lines {
	struct line *first;
	struct line **last;
};

struct plan {
	char *id;
	char *seed;
	struct lines sysctls;
	struct lines modules;
	struct lines traces;
	struct lines runs;
	unsigned int trace_kib;
	unsigned int turns_usec;
	/* So many workloads are a round; 0: there are none. */
	unsigned int round_size;
	/* What a workload's seconds are divided by to have those of CPU; 0: no limit. */
	unsigned int cpu_share;
	bool canary;
	bool shell;
	/* What the shell is to run; NULL: a person types. */
	char *command;
	/* Size of the shell's terminal; 0: nobody knows. */
	unsigned int rows;
	unsigned int columns;
	/* Prepare what all cases need, then look for another plan. */
	bool wait;
};

/*
 * Understand @text (which is cut up and stays in use) or say in @why, of
 * @room bytes, what is wrong. Returns 0 or -1.
 */
int plan_parse(struct plan *plan, char *text, size_t size, char *why, size_t room);

/* A decimal number without sign or trailing letters; -1 if it is not one. */
int plan_number(const char *word, unsigned int *number);

#endif
