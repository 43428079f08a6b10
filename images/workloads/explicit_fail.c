// SPDX-License-Identifier: GPL-2.0-only
/* The hardware fails now and then, or the driver as it was told to: the fence says so. */
#include "kselftest.h"

#include "args.h"
#include "fenced.h"

/* Drivers give a job up after some seconds; milliseconds. */
#define GIVEN_UP	20000

int main(int argc, char **argv)
{
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 20,
	};
	static struct copy copy;
	__u64 frames = 9, frame;
	const struct arg args[] = {
		{ .name = "frames", .number = &frames },
	};
	int out, ret;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	fenced_open(&copy, &options);
	ksft_set_plan(1);
	must(explicit_start(&copy), "STREAMON");
	for (frame = 0; frame < frames; frame++) {
		out = fenced_job(&copy, frame % options.depth, 0, 0);
		ret = fence_wait(out, GIVEN_UP);
		must(ret ? ret : -ETIME, "poll of a fence");
		fenced_take_back(&copy, out);
	}
	ksft_test_result_pass("capture.fences\n");
	copy_close(&copy);
	ksft_finished();
}
