// SPDX-License-Identifier: GPL-2.0-only
/*
 * The producer goes, its fences stay: sync_files are exported while a job runs,
 * the file is closed, and then somebody asks, merges and waits.
 */
#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "must.h"
#include "workload.h"

/* Long enough for memory that is freed late, by RCU, to be gone. */
#define LATER	(200 * NSEC_PER_MSEC)

static void run(struct copy *copy, __u64 streamoff)
{
	struct session *session = &copy->session;
	unsigned int i;

	must(copy_start(copy), "start");
	for (i = 0; i < copy->depth; i++)
		session_ask(session, &copy->m2m.capture, i, CONSUMER_QUEUED);
	must(copy_feed(copy, 0), "QBUF OUTPUT");
	copy_ask(copy, 0);
	if (streamoff) {
		must(m2m_streamoff(&copy->m2m.output), "STREAMOFF OUTPUT");
		must(m2m_streamoff(&copy->m2m.capture), "STREAMOFF CAPTURE");
	}
	m2m_close_node(&copy->m2m);
	must(copy_settle(copy, 0), "call");
	clock_sleep(LATER);
	session_use_again(session, "after-close");
	session_flush(session, "");
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 40,
	};
	__u64 streamoff = 1;
	const struct arg args[] = {
		{ .name = "streamoff", .number = &streamoff },
	};

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(&copy, &options);

	ksft_set_plan(2);
	run(&copy, streamoff);
	copy_close(&copy);

	ksft_test_result(copy_was_asked(&copy), "capture.active-probes\n");
	ksft_test_result(!copy.session.errors, "capture.probes\n");
	ksft_finished();
}
