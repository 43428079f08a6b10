// SPDX-License-Identifier: GPL-2.0-only
/*
 * The producer goes while the driver has something to do and nowhere to write
 * it: after jobs that are as they should be, an OUTPUT buffer is queued, with a
 * request if the driver takes them, but no CAPTURE buffer, and the file is closed.
 */
#include "kselftest.h"

#include "copy.h"
#include "must.h"
#include "workload.h"

static void abandon(struct copy *copy)
{
	must(copy_feed(copy, 0), "QBUF OUTPUT");
	must(copy_settle(copy, 0), "call");
	m2m_close_node(&copy->m2m);
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "visl",
		.depth = 2,
		.msec = 40,
	};
	unsigned int i;

	workload_begin(&options, argc, argv, NULL, 0);
	workload_open(&copy, &options);

	ksft_set_plan(3);
	must(copy_start(&copy), "start");
	/* Some drivers want more than one buffer; none of CAPTURE is queued again. */
	for (i = 0; i < copy.depth; i++) {
		must(copy_feed(&copy, i), "QBUF OUTPUT");
		copy_ask(&copy, i);
		must(copy_finish(&copy, i), "job");
	}
	abandon(&copy);
	copy_close(&copy);

	ksft_test_result(!copy.errors && !copy.wrong_pictures, "capture.streams\n");
	ksft_test_result(copy_was_asked(&copy), "capture.active-probes\n");
	ksft_test_result(!copy.session.errors, "capture.probes\n");
	ksft_finished();
}
