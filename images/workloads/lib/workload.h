/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How workloads on a struct copy begin and what they all report. In a header:
 * kselftest.h counts per file.
 */
#ifndef M2M_WORKLOAD_H
#define M2M_WORKLOAD_H

#include <errno.h>

#include "kselftest.h"

#include "copy.h"
#include "must.h"

/* How long a device is watched, beyond the time of a job, that may have to wait. */
#define WORKLOAD_WATCHED	(300 * NSEC_PER_MSEC)

/* The first lines of the results, and the options as copy_parse() takes them. */
static inline void workload_begin(struct copy_options *options, int argc, char **argv,
				  const struct arg *args, size_t count)
{
	ksft_print_header();
	if (copy_parse(options, argc, argv, args, count))
		ksft_exit_fail_msg("bad options\n");
}

/* copy_open(); where there is no such device the program ends as skipped. */
static inline void workload_open(struct copy *copy, const struct copy_options *options)
{
	const char *what;
	int ret = copy_open(copy, options, &what);

	if (ret == -ENODEV)
		ksft_exit_skip("there is no %s\n", what);
	must(ret, what);
}

/*
 * Once more what workload_open() has found to be there; buffers and sync_files are
 * numbered anew, as those of @instance.
 */
static inline void workload_reopen(struct copy *copy, const struct copy_options *options,
				   unsigned int instance)
{
	const char *what;
	int ret = copy_open(copy, options, &what);

	must(ret, what);
	copy->m2m.instance = instance;
}

/* A picture is fed, asked about while its job runs, and comes back; its buffer goes in again. */
static inline void workload_frame(struct copy *copy)
{
	unsigned int index = copy->frame % copy->depth;

	must(copy_feed(copy, index), "QBUF OUTPUT");
	copy_ask(copy, index);
	must(copy_finish(copy, index), "job");
	must(m2m_qbuf(&copy->m2m.capture, index, NULL), "QBUF CAPTURE");
}

/* More than one: a short job may be over before its fence is asked for. */
static inline void workload_some_jobs(struct copy *copy)
{
	unsigned int i;

	must(copy_start(copy), "start");
	for (i = 0; i < 4; i++)
		workload_frame(copy);
	copy_close(copy);
}

/*
 * One job of CAPTURE buffer @index, about which nobody asks: whether the device
 * waits for the fences of others. Its options say if they are there; else there is
 * one for as long as this takes. What is pending has signaled if it does.
 */
static inline bool workload_waits(struct copy *copy, unsigned int index)
{
	struct m2m_queue *capture = &copy->m2m.capture;
	bool there = !strcmp(copy->options.foreign, "pending"), waits;
	struct foreign other;

	if (!there) {
		must(foreign_open(&other), "sw_sync");
		must(foreign_attach(&other, capture->buffer[index].plane[0].dmabuf[0]), "attach");
	}
	must(copy_feed(copy, index), "QBUF OUTPUT");
	waits = !m2m_wait(&copy->m2m, copy->job + WORKLOAD_WATCHED);
	if (!there) {
		must(foreign_signal(&other), "signal");
		foreign_close(&other);
	} else if (waits) {
		must(copy_foreign_signal(copy), "foreign fences");
	}
	must(copy_finish(copy, index), "job");
	must(m2m_qbuf(capture, index, NULL), "QBUF CAPTURE");
	return waits;
}

/* Three results: every picture came back good and in order, and enough were asked about in time. */
static inline void workload_report(const struct copy *copy)
{
	ksft_test_result(!copy_wrong(copy), "capture.streams\n");
	ksft_test_result(copy_was_asked(copy), "capture.active-probes\n");
	ksft_test_result(!copy->session.errors, "capture.probes\n");
}

#endif
