// SPDX-License-Identifier: GPL-2.0-only
/*
 * Some jobs fail half way, as the driver was told to. Their buffers come back
 * with an error, and their fences must say so; all others must not.
 */
#include <errno.h>

#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "must.h"

struct result {
	unsigned int failed;
	/* Frames that failed and should not have, or the other way round. */
	unsigned int surprises;
	unsigned int asleep;
};

static void one_frame(struct copy *copy, bool fails, struct result *result)
{
	unsigned int index = copy->frame % copy->depth;
	unsigned int errors = copy->errors, wrong = copy->wrong_pictures;
	struct consumer_waiter waiter = { 0 };
	bool failed, incomplete;

	must(copy_feed(copy, index), "QBUF OUTPUT");
	must(copy_wait_start(copy, index, copy->frame % 2 ? CONSUMER_POLL : CONSUMER_SYNC, &waiter),
	     "waiter");
	copy_ask(copy, index);
	must(copy_finish(copy, index), "job");
	consumer_wait_end(&waiter);
	copy_label_wait(copy, &waiter);
	consumer_wait_print(&waiter);
	result->asleep += !waiter.woken;

	failed = copy->errors > errors;
	incomplete = copy->wrong_pictures > wrong;
	result->failed += failed;
	result->surprises += failed != fails || incomplete != fails;
	must(m2m_qbuf(&copy->m2m.capture, index, NULL), "QBUF CAPTURE");
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "vim2m",
		.from = "expbuf",
		.foreign = "none",
		.depth = 2,
		.msec = 40,
	};
	__u64 frames = 9, every = 3;
	const struct arg args[] = {
		{ .name = "frames", .number = &frames },
		{ .name = "every", .number = &every },
	};
	struct result result = { 0 };
	const char *what;
	int ret;

	ksft_print_header();
	if (copy_parse(&options, argc, argv, args, ARRAY_SIZE(args)))
		ksft_exit_fail_msg("bad options\n");
	if (!every || frames < every)
		ksft_exit_fail_msg("no frame would fail\n");
	ret = copy_open(&copy, &options, &what);
	if (ret == -ENODEV)
		ksft_exit_skip("there is no %s\n", what);
	must(ret, what);

	ksft_set_plan(5);
	must(copy_start(&copy), "start");
	while (copy.frame < frames)
		one_frame(&copy, (copy.frame + 1) % every == 0, &result);
	copy_close(&copy);

	ksft_test_result(result.failed == frames / every && !result.surprises,
			 "capture.failures\n");
	ksft_test_result(!copy.wrong_order, "capture.streams\n");
	ksft_test_result(!copy.uncertain, "capture.active-probes\n");
	ksft_test_result(!copy.session.errors, "capture.probes\n");
	ksft_test_result(!result.asleep, "capture.waiter\n");
	ksft_finished();
}
