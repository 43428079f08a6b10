// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hardware fails now and then, or the driver as it was told to. A frame
 * whose job failed comes back as failed, whoever waits for it is told, and the
 * frames after it are good.
 */
#include <stdlib.h>
#include <unistd.h>

#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "must.h"
#include "workload.h"

struct result {
	/* Frames, counted from 0, that must fail. */
	struct words failing;
	unsigned int unexpected;
	unsigned int asleep;
};

struct reader {
	const struct copy *copy;
	unsigned int index;
	struct picture picture;
};

static void read_all(void *arg)
{
	struct reader *reader = arg;
	const struct copy *copy = reader->copy;

	copy_look(copy, &copy->m2m.capture.buffer[reader->index], copy->frame, &reader->picture);
}

static void one_frame(struct copy *copy, struct result *result)
{
	unsigned int wrong = copy->wrong_pictures, frame = copy->frame;
	unsigned int index = frame % copy->depth;
	struct reader reader = { .copy = copy, .index = index };
	struct consumer_waiter waiter = { .woke = read_all, .arg = &reader };

	must(copy_feed(copy, index), "QBUF OUTPUT");
	copy_ask_once(copy, index);
	must(copy_wait_start(copy, index, frame % 2 ? CONSUMER_POLL : CONSUMER_SYNC, &waiter),
	     "waiter");
	copy_look_again(copy);
	consumer_wait_end(&waiter);
	copy_label_wait(copy, &waiter);
	copy_print_dequeueable(copy, index, waiter.end);
	consumer_wait_print(&waiter);
	result->asleep += !waiter.woken;
	if (waiter.woken && !session_told_of_failure(&copy->session))
		copy_print_pixels(copy, index, "signal", &reader.picture);
	must(copy_finish(copy, index), "job");
	/* It promises no picture. */
	if (copy->failed)
		copy->wrong_pictures = wrong;
	if (copy->failed != args_have(&result->failing, frame)) {
		ksft_print_msg("frame %u %s\n", frame, copy->failed ? "failed" : "did not fail");
		result->unexpected++;
	}
	must(m2m_qbuf(&copy->m2m.capture, index, NULL), "QBUF CAPTURE");
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "rockchip-rga",
		.format = "ABGR32",
		.depth = 2,
		.msec = 40,
	};
	struct result result = { 0 };
	__u64 frames = 8;
	const struct arg args[] = {
		{ .name = "frames", .number = &frames },
		{ .name = "failing", .words = &result.failing },
	};

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(&copy, &options);

	ksft_set_plan(5);
	must(copy_start(&copy), "start");
	while (copy.frame < frames)
		one_frame(&copy, &result);
	copy_close(&copy);

	ksft_test_result(!result.unexpected, "capture.failures\n");
	ksft_test_result(!copy.wrong_order && !copy.wrong_pictures, "capture.streams\n");
	ksft_test_result(copy_was_asked(&copy), "capture.active-probes\n");
	ksft_test_result(!copy.session.errors, "capture.probes\n");
	ksft_test_result(!result.asleep, "capture.waiter\n");
	ksft_finished();
}
