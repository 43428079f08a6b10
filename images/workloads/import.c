// SPDX-License-Identifier: GPL-2.0-only
/*
 * CAPTURE buffers are memory of others, imported as dma-bufs, and perhaps with
 * somebody else's fence in their reservation objects. What a consumer sees of
 * the producer must be the same as for memory of the driver's own.
 */
#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "must.h"
#include "workload.h"

static void ask_all(struct copy *copy, enum consumer_state state)
{
	unsigned int i;

	for (i = 0; i < copy->depth; i++) {
		session_ask(&copy->session, &copy->m2m.capture, i, state);
		session_flush(&copy->session, "");
	}
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "vim2m",
		.from = "system",
		.depth = 2,
		.msec = 40,
	};
	__u64 frames = 4;
	bool pending;
	const struct arg args[] = {
		{ .name = "frames", .number = &frames },
	};

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(&copy, &options);

	ksft_set_plan(4);
	ask_all(&copy, CONSUMER_DEQUEUED);
	must(copy_start(&copy), "start");
	ask_all(&copy, CONSUMER_QUEUED);
	/* A device that waits would do nothing as long as others are at work. */
	pending = !strcmp(copy.options.foreign, "pending");
	if (pending) {
		pending = !workload_waits(&copy, 0);
		frames++;
	}
	while (copy.frame < frames)
		workload_frame(&copy);
	if (pending)
		must(copy_foreign_signal(&copy), "foreign fence");
	ask_all(&copy, CONSUMER_QUEUED);
	copy_close(&copy);

	ksft_test_result(copy.frame == frames && !copy.errors && !copy.wrong_order,
			 "capture.streams\n");
	ksft_test_result(!copy.wrong_pictures, "capture.pixels\n");
	ksft_test_result(copy_was_asked(&copy), "capture.active-probes\n");
	ksft_test_result(!copy.session.errors, "capture.probes\n");
	ksft_finished();
}
