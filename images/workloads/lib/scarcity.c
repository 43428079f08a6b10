// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scarcity.h"

/* A step has a few; more, and something allocates without end. */
#define ALLOCATIONS_MAX	200

int scarcity_open(struct scarcity *scarcity)
{
	memset(scarcity, 0, sizeof(*scarcity));
	return inject_open(&scarcity->inject);
}

void scarcity_close(struct scarcity *scarcity)
{
	inject_close(&scarcity->inject);
}

static bool says_something_else(const struct scarcity_step *step, int ret)
{
	return ret < 0 && ret != -ENOMEM && !step->several;
}

int scarcity_make(struct scarcity *scarcity, const struct scarcity_step *step, void *life)
{
	unsigned int nth;
	bool failed;
	int ret = 0;

	scarcity->steps++;
	for (nth = 1; nth <= ALLOCATIONS_MAX; nth++) {
		ret = inject_arm(&scarcity->inject, nth);
		if (ret)
			break;
		ret = step->make(life);
		failed = inject_disarm(&scarcity->inject);
		if (!failed)
			break;
		scarcity->injected++;
		if (says_something_else(step, ret)) {
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
