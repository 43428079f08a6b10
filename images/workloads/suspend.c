// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine is suspended as far as its devices, or to the point where their
 * power goes as well, and resumed, while a job runs. The job must end, its
 * picture must be whole, and so must those after it.
 */
#include <errno.h>
#include <string.h>

#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "must.h"
#include "sysfs.h"
#include "workload.h"

#define PM_TEST		"/sys/power/pm_test"
#define PM_DELAY	"/sys/module/suspend/parameters/pm_test_delay"
#define STATE		"/sys/power/state"
#define SUCCESS		"/sys/power/suspend_stats/success"

struct sleeper {
	struct copy copy;
	unsigned int too_late;
	unsigned int failed;
	unsigned int wrong;
};

static void count(struct sleeper *sleeper, const char *what)
{
	struct copy *copy = &sleeper->copy;
	unsigned int wrong = copy->wrong_order + copy->wrong_pictures;

	if (copy->failed || wrong)
		ksft_print_msg("frame %u, %s: %s\n", copy->frame - 1, what,
			       copy->failed ? "failed" : "wrong");
	sleeper->failed += copy->failed;
	/* A job that failed has left no picture, and has said so. */
	sleeper->wrong += copy->failed ? copy->wrong_order : wrong;
	copy->wrong_order = 0;
	copy->wrong_pictures = 0;
}

static void one_frame(struct sleeper *sleeper, bool suspended)
{
	struct copy *copy = &sleeper->copy;
	unsigned int index = copy->frame % copy->depth;

	must(copy_feed(copy, index), "QBUF OUTPUT");
	copy_ask_once(copy, index);
	if (suspended) {
		sleeper->too_late += m2m_wait(&copy->m2m, 0);
		/* Returns when all is awake again. */
		must(sysfs_write(STATE, "freeze"), "suspend");
	}
	must(copy_finish(copy, index), "job");
	count(sleeper, suspended ? "suspended" : "after");
	must(m2m_qbuf(&copy->m2m.capture, index, NULL), "QBUF CAPTURE");
}

int main(int argc, char **argv)
{
	static struct sleeper sleeper;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 100,
	};
	const char *level = "devices";
	__u64 rounds = 3;
	const struct arg args[] = {
		{ .name = "level", .word = &level },
		{ .name = "rounds", .number = &rounds },
	};
	long slept;
	__u64 i;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(&sleeper.copy, &options);
	must(sysfs_write(PM_TEST, level), PM_TEST);
	must(sysfs_write(PM_DELAY, "0"), PM_DELAY);
	slept = sysfs_number(SUCCESS);
	must(slept, SUCCESS);
	must(copy_start(&sleeper.copy), "start");

	ksft_set_plan(5);
	for (i = 0; i < rounds; i++) {
		one_frame(&sleeper, true);
		one_frame(&sleeper, false);
	}
	slept = sysfs_number(SUCCESS) - slept;
	copy_close(&sleeper.copy);

	ksft_print_msg("suspended %ld times\n", slept);
	ksft_test_result(slept == (long)rounds && !sleeper.too_late, "machine.sleeps\n");
	ksft_test_result(!sleeper.failed, "capture.failures\n");
	ksft_test_result(!sleeper.wrong, "capture.streams\n");
	ksft_test_result(copy_was_asked(&sleeper.copy), "capture.active-probes\n");
	ksft_test_result(!sleeper.copy.session.errors, "capture.probes\n");
	ksft_finished();
}
