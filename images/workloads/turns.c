// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several files of one device, whose jobs take turns: one has its next job
 * ready or has none when its job ends, another waits for its turn all the while,
 * and a third streams and has nothing to do. Every job that was queued is done.
 */
#include "kselftest.h"

#include "copy.h"
#include "must.h"
#include "workload.h"

static void feed(struct copy *copy)
{
	must(copy_feed(copy, copy->fed % copy->depth), "QBUF OUTPUT");
}

static void finish(struct copy *copy, const char *whose)
{
	unsigned int index = copy->frame % copy->depth;

	must(copy_finish(copy, index), whose);
	must(m2m_qbuf(&copy->m2m.capture, index, NULL), "QBUF CAPTURE");
}

/* The jobs of @first, then that of @second, all queued before the first one ends. */
static void take_turns(struct copy *first, unsigned int jobs, struct copy *second)
{
	unsigned int i;

	for (i = 0; i < jobs; i++)
		feed(first);
	feed(second);
	finish(first, "job");
	finish(second, "job of the other file");
	for (i = 1; i < jobs; i++)
		finish(first, "next job");
}

int main(int argc, char **argv)
{
	static struct copy one, other, idle;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 40,
	};

	workload_begin(&options, argc, argv, NULL, 0);
	workload_open(&one, &options);
	workload_reopen(&other, &options, 1);
	workload_reopen(&idle, &options, 2);

	ksft_set_plan(1);
	must(copy_start(&idle), "start");
	must(copy_start(&one), "start");
	must(copy_start(&other), "start");
	take_turns(&one, 1, &other);
	take_turns(&other, 1, &one);
	take_turns(&one, 2, &other);
	copy_close(&idle);
	take_turns(&other, 2, &one);
	copy_close(&other);
	copy_close(&one);

	ksft_test_result_pass("turns.taken\n");
	ksft_finished();
}
