// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/resource.h>

#include "scarcity.h"

/* A step has a few; more, and something allocates without end. */
#define ALLOCATIONS_MAX	200

/* Descriptors that a step opens, one after the other or at once. */
#define DESCRIPTORS_MAX	8

int scarcity_open(struct scarcity *scarcity)
{
	memset(scarcity, 0, sizeof(*scarcity));
	return inject_open(&scarcity->inject);
}

void scarcity_close(struct scarcity *scarcity)
{
	inject_close(&scarcity->inject);
}

static bool says_something_else(const struct scarcity_step *step, int ret, int due)
{
	return ret < 0 && ret != due && !step->several;
}

/* The lowest descriptor that is free; more than there are if none is. */
static rlim_t lowest_descriptor(const struct rlimit *limit)
{
	int fd = dup(0);

	if (fd < 0)
		return limit->rlim_cur;
	close(fd);
	return fd;
}

/* The step finds no descriptor that is free; then one, two and so on, until that is enough. */
static void make_without_descriptors(struct scarcity *scarcity,
				     const struct scarcity_step *step, void *life)
{
	struct rlimit all, few;
	unsigned int nth;
	int ret = -EMFILE;

	if (getrlimit(RLIMIT_NOFILE, &all))
		return;
	few = all;
	for (nth = 0; nth < DESCRIPTORS_MAX && ret < 0; nth++) {
		few.rlim_cur = lowest_descriptor(&all) + nth;
		setrlimit(RLIMIT_NOFILE, &few);
		ret = step->make(life);
		setrlimit(RLIMIT_NOFILE, &all);
		if (says_something_else(step, ret, -EMFILE)) {
			printf("# %s, descriptor %u: %s\n", step->name, nth, strerror(-ret));
			scarcity->surprises++;
		}
	}
	if (ret >= 0)
		step->drop(life);
}

int scarcity_make(struct scarcity *scarcity, const struct scarcity_step *step, void *life)
{
	unsigned int nth;
	bool failed;
	int ret = 0;

	scarcity->steps++;
	/* What cannot be taken back is made once only. */
	if (step->drop)
		make_without_descriptors(scarcity, step, life);
	for (nth = 1; nth <= ALLOCATIONS_MAX; nth++) {
		ret = inject_arm(&scarcity->inject, nth);
		if (ret)
			break;
		ret = step->make(life);
		failed = inject_disarm(&scarcity->inject);
		if (!failed)
			break;
		scarcity->injected++;
		if (says_something_else(step, ret, -ENOMEM)) {
			printf("# %s, allocation %u: %s\n", step->name, nth, strerror(-ret));
			scarcity->surprises++;
		}
		if (ret >= 0 && step->drop)
			step->drop(life);
	}
	if (ret < 0) {
		printf("# %s: %s\n", step->name, strerror(-ret));
		scarcity->broken++;
	}
	return ret;
}
