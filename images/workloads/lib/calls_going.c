// SPDX-License-Identifier: GPL-2.0-only
/* A device loses its driver, whoever uses it, and gets it back. */
#include "driver.h"
#include "exercise.h"
#include "record.h"

/* unbind: whatever is open stays so, and has no device any more. */
static int make_unbind(struct exercise *exercise, const struct history_call *call)
{
	struct record *record = record_begin(RECORD_GONE, -1, 0, NULL, 0, 0);
	int ret = driver_unbind(&exercise->m2m);

	(void)call;
	record_end(record, ret, NULL, 0);
	return ret;
}

/* bind: its nodes may have other numbers than before. */
static int make_bind(struct exercise *exercise, const struct history_call *call)
{
	int ret = driver_bind(&exercise->m2m);

	(void)call;
	return ret ? ret : exercise_find(exercise);
}

const struct exercise_call calls_going[] = {
	{ "unbind", .make = make_unbind },
	{ "bind", .make = make_bind },
	{ 0 }
};
