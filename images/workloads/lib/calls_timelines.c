// SPDX-License-Identifier: GPL-2.0-only
/* Fences of nobody's jobs, which signal when the history says so. */
#include "exercise.h"
#include "foreign.h"

static struct foreign timeline_of(const struct exercise *exercise, const struct history_call *call)
{
	return (struct foreign){ .timeline = exercise_fd(exercise, history_word(call, 0)) };
}

/* t = timeline: at 0. */
static int make_timeline(struct exercise *exercise, const struct history_call *call)
{
	struct foreign foreign;
	int ret = foreign_open(&foreign);

	(void)exercise;
	(void)call;
	return ret ? ret : foreign.timeline;
}

/* s = fence t value=: signals when the timeline comes to that. */
static int make_fence(struct exercise *exercise, const struct history_call *call)
{
	struct foreign foreign = timeline_of(exercise, call);

	foreign.fences = history_number(call, "value", 1, 1) - 1;
	return foreign_fence(&foreign);
}

/* advance t by= */
static int make_advance(struct exercise *exercise, const struct history_call *call)
{
	struct foreign foreign = timeline_of(exercise, call);

	return foreign_step(&foreign, history_number(call, "by", 1, 1));
}

const struct exercise_call calls_timelines[] = {
	{ "timeline", .make = make_timeline },
	{ "fence", .make = make_fence },
	{ "advance", .make = make_advance },
	{ 0 }
};
