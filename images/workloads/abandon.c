// SPDX-License-Identifier: GPL-2.0-only
/*
 * The producer goes while the driver has something to do and nowhere to write
 * it: after a job that is as it should be, an OUTPUT buffer is queued, with a
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
		.depth = 1,
		.msec = 40,
	};

	workload_begin(&options, argc, argv, NULL, 0);
	workload_open(&copy, &options);

	ksft_set_plan(3);
	must(copy_start(&copy), "start");
	must(copy_feed(&copy, 0), "QBUF OUTPUT");
	copy_ask(&copy, 0);
	must(copy_finish(&copy, 0), "job");
	abandon(&copy);
	copy_close(&copy);

	ksft_test_result(!copy.errors && !copy.wrong_pictures, "capture.streams\n");
	ksft_test_result(copy_was_asked(&copy), "capture.active-probes\n");
	ksft_test_result(!copy.session.errors, "capture.probes\n");
	ksft_finished();
}
