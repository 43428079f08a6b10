// SPDX-License-Identifier: GPL-2.0-only
/*
 * A consumer merges all fences that it gets to see: of successive jobs of one
 * queue, of two queues of the same device, and together with somebody else's.
 * What is merged signals with the last of them.
 */
#include <errno.h>

#include "kselftest.h"

#include "args.h"
#include "bundle.h"
#include "copy.h"
#include "must.h"
#include "workload.h"

#define CONTEXTS	2

/* How often a job is looked at. */
#define LOOKS		4

static void collect(struct bundle *bundle, const struct copy *copy)
{
	const struct m2m_queue *capture = &copy->m2m.capture;
	unsigned int i;

	for (i = 0; i < copy->depth; i++)
		must(bundle_add_dmabuf(bundle, capture->buffer[i].plane[0].dmabuf[0]), "merge");
}

static void take_back(struct bundle *bundle, struct copy *copy)
{
	while (m2m_wait(&copy->m2m, 0)) {
		must(copy_finish(copy, copy->frame % copy->depth), "job");
		must(bundle_print(bundle), "merged");
	}
}

/* All contexts have work for all their buffers; the device runs one job at a time. */
static void run_jobs(struct copy *copy, unsigned int contexts)
{
	unsigned int i, index, left = 0;
	struct bundle bundle;
	__s64 deadline;

	bundle_init(&bundle);
	for (index = 0; index < copy->depth; index++) {
		for (i = 0; i < contexts; i++, left++)
			must(copy_feed(&copy[i], index), "QBUF OUTPUT");
	}
	deadline = clock_now() + left * copy->job + COPY_PATIENCE;
	while (left && clock_now() < deadline) {
		clock_sleep(copy->job / LOOKS);
		for (i = 0, left = 0; i < contexts; i++) {
			collect(&bundle, &copy[i]);
			must(bundle_print(&bundle), "merged");
			take_back(&bundle, &copy[i]);
			left += copy[i].fed - copy[i].frame;
		}
	}
	must(left ? -ETIME : 0, "jobs");
	must(bundle_print(&bundle), "merged");
	bundle_close(&bundle);
	for (i = 0; i < contexts; i++) {
		for (index = 0; index < copy->depth; index++)
			must(m2m_qbuf(&copy[i].m2m.capture, index, NULL), "QBUF CAPTURE");
	}
}

/* The producer's fence and another's: the other's signals last, or first. */
static void with_foreign(struct copy *copy, bool foreign_last)
{
	unsigned int index = copy->frame % copy->depth;
	struct foreign foreign;
	struct bundle bundle;
	int sync_file;

	bundle_init(&bundle);
	must(foreign_open(&foreign), "sw_sync");
	sync_file = foreign_fence(&foreign);
	must(sync_file, "sw_sync");
	must(bundle_add(&bundle, sync_file), "merge");
	must(copy_feed(copy, index), "QBUF OUTPUT");
	copy_ask(copy, index);
	collect(&bundle, copy);
	must(bundle_print(&bundle), "merged");
	if (!foreign_last)
		must(foreign_signal(&foreign), "sw_sync");
	must(bundle_print(&bundle), "merged");
	must(copy_finish(copy, index), "job");
	must(bundle_print(&bundle), "merged");
	must(foreign_signal(&foreign), "sw_sync");
	must(bundle_print(&bundle), "merged");
	bundle_close(&bundle);
	foreign_close(&foreign);
	must(m2m_qbuf(&copy->m2m.capture, index, NULL), "QBUF CAPTURE");
}

int main(int argc, char **argv)
{
	static struct copy copy[CONTEXTS];
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 3,
		.msec = 40,
	};
	unsigned int i, errors = 0, uncertain = 0;

	workload_begin(&options, argc, argv, NULL, 0);
	for (i = 0; i < CONTEXTS; i++) {
		workload_open(&copy[i], &options);
		copy[i].m2m.instance = i;
		must(copy_start(&copy[i]), "start");
	}

	ksft_set_plan(3);
	run_jobs(copy, 1);
	run_jobs(copy, CONTEXTS);
	with_foreign(&copy[0], true);
	with_foreign(&copy[0], false);
	for (i = 0; i < CONTEXTS; i++) {
		errors += copy_wrong(&copy[i]);
		uncertain += !copy_was_asked(&copy[i]) + copy[i].session.errors;
		copy_close(&copy[i]);
	}

	ksft_test_result(!errors, "capture.streams\n");
	ksft_test_result(!uncertain, "capture.active-probes\n");
	ksft_test_result_pass("capture.merged\n");
	ksft_finished();
}
