// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does nothing, for a while: the control for everything else. What a log shows
 * after this is there without any streaming.
 */
#include <errno.h>
#include <string.h>

#include "kselftest.h"

#include "args.h"
#include "clock.h"
#include "m2m.h"

int main(int argc, char **argv)
{
	struct words drivers = { 0 };
	__u64 seconds = 1, seed = 0;
	const struct arg args[] = {
		{ .name = "seconds", .number = &seconds },
		{ .name = "driver", .words = &drivers },
		{ .name = "seed", .number = &seed },
	};
	struct m2m m2m;
	unsigned int i;
	int ret;

	ksft_print_header();
	if (args_parse(argc, argv, args, ARRAY_SIZE(args)))
		ksft_exit_fail_msg("bad options\n");
	ksft_set_plan(drivers.count + 1);

	for (i = 0; i < drivers.count; i++) {
		ret = m2m_open(&m2m, drivers.word[i], 0);
		if (ret)
			ksft_print_msg("%s: %s\n", drivers.word[i], strerror(-ret));
		else
			m2m_close(&m2m);
		ksft_test_result(!ret, "node.%s\n", drivers.word[i]);
	}

	clock_sleep(seconds * NSEC_PER_SEC);
	ksft_test_result_pass("idle\n");
	ksft_finished();
}
