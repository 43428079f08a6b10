// SPDX-License-Identifier: GPL-2.0-only
/* Allocations that fail. */
#include <errno.h>

#include "exercise.h"
#include "inject.h"
#include "record.h"

static __thread struct inject inject = { .fd = -1 };
static __thread bool armed;

/* fail nth=: the nth allocation of the thread's next call. */
static int make_fail(struct exercise *exercise, const struct history_call *call)
{
	unsigned int nth = history_number(call, "nth", 0, 1);
	int ret = inject.fd < 0 ? inject_open(&inject) : 0;

	(void)exercise;
	if (ret)
		return ret;
	record_end(record_begin(RECORD_FAULT, -1, nth, NULL, 0, 0), 0, NULL, 0);
	armed = true;
	return inject_arm(&inject, nth);
}

void exercise_disarm(void)
{
	if (armed)
		inject_disarm(&inject);
	armed = false;
}

const struct exercise_call calls_faults[] = {
	{ "fail", .make = make_fail },
	{ 0 }
};
