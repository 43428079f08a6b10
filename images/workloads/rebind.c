// SPDX-License-Identifier: GPL-2.0-only
/*
 * An idle device loses its driver and gets it back, while somebody holds the
 * fence of a job that is over: a fence may outlive everything.
 */
#include <unistd.h>

#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "driver.h"
#include "fence.h"
#include "must.h"
#include "workload.h"

/* One job; gives a sync_file of its fence, or -1 if it had none. */
static int one_job(struct copy *copy, const struct copy_options *options, unsigned int instance)
{
	int sync_file;

	workload_reopen(copy, options, instance);
	must(copy_start(copy), "start");
	must(copy_feed(copy, 0), "QBUF OUTPUT");
	copy_ask_once(copy, 0);
	sync_file = session_hold(&copy->session, false);
	must(copy_finish(copy, 0), "job");
	copy_close(copy);
	return sync_file;
}

/* Whether the fence can still be asked, and has signaled well. */
static bool is_usable(int sync_file)
{
	return sync_file < 0 || fence_is_good(sync_file);
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "hantro-vpu",
		.depth = 2,
		.msec = 40,
	};
	__u64 rounds = 3;
	const struct arg args[] = {
		{ .name = "rounds", .number = &rounds },
	};
	unsigned int i, still_there = 0, not_back = 0, useless = 0, wrong = 0, uncertain = 0;
	int sync_file;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(&copy, &options);
	copy_close(&copy);

	ksft_set_plan(5);
	for (i = 0; i < rounds; i++) {
		sync_file = one_job(&copy, &options, i);
		wrong += copy_wrong(&copy);
		uncertain += copy.uncertain + copy.session.errors;
		must(driver_unbind(&copy.m2m), "unbind");
		still_there += m2m_has_node(copy.m2m.device);
		useless += !is_usable(sync_file);
		must(driver_bind(&copy.m2m), "bind");
		not_back += !m2m_has_node(copy.m2m.device);
		useless += !is_usable(sync_file);
		if (sync_file >= 0)
			close(sync_file);
	}
	close(one_job(&copy, &options, rounds));
	wrong += copy_wrong(&copy);

	ksft_test_result(!still_there, "driver.gone\n");
	ksft_test_result(!not_back, "driver.back\n");
	ksft_test_result(!useless, "fence.outlives\n");
	ksft_test_result(!wrong, "capture.streams\n");
	ksft_test_result(!uncertain, "capture.active-probes\n");
	ksft_finished();
}
