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
	struct session *session = &copy->session;
	const char *what;
	int ret, sync_file = -1;
	unsigned int i;

	ret = copy_open(copy, options, &what);
	must(ret, what);
	/* Buffers and sync_files are numbered anew. */
	copy->m2m.instance = instance;
	must(copy_start(copy), "start");
	must(copy_feed(copy, 0), "QBUF OUTPUT");
	copy_ask_once(copy, 0);
	for (i = 0; i < session->probes && sync_file < 0; i++) {
		if (session->probe[i].id)
			sync_file = dup(session->probe[i].sync_file);
	}
	must(copy_finish(copy, 0), "job");
	copy_close(copy);
	return sync_file;
}

/* Whether the fence can still be asked, and has signaled well. */
static bool is_usable(int sync_file)
{
	struct fence fence;

	return sync_file < 0 || (!fence_read(sync_file, &fence) && fence.status == 1);
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "hantro-vpu",
		.from = "expbuf",
		.foreign = "none",
		.depth = 2,
		.msec = 40,
	};
	__u64 rounds = 3;
	const struct arg args[] = {
		{ .name = "driver", .word = &options.driver },
		{ .name = "rounds", .number = &rounds },
		{ .name = "seed", .number = &options.seed },
	};
	unsigned int i, still_there = 0, not_back = 0, useless = 0, wrong = 0, uncertain = 0;
	int sync_file;

	ksft_print_header();
	if (args_parse(argc, argv, args, ARRAY_SIZE(args)))
		ksft_exit_fail_msg("bad options\n");
	workload_open(&copy, &options);
	copy_close(&copy);

	ksft_set_plan(5);
	for (i = 0; i < rounds; i++) {
		sync_file = one_job(&copy, &options, i);
		wrong += copy.errors + copy.wrong_order + copy.wrong_pictures;
		uncertain += copy.uncertain + copy.session.errors;
		must(driver_unbind(&copy.m2m), "unbind");
		still_there += driver_is_there(copy.m2m.device);
		useless += !is_usable(sync_file);
		must(driver_bind(&copy.m2m), "bind");
		not_back += !driver_is_there(copy.m2m.device);
		useless += !is_usable(sync_file);
		if (sync_file >= 0)
			close(sync_file);
	}
	close(one_job(&copy, &options, rounds));
	wrong += copy.errors + copy.wrong_order + copy.wrong_pictures;

	ksft_test_result(!still_there, "driver.gone\n");
	ksft_test_result(!not_back, "driver.back\n");
	ksft_test_result(!useless, "fence.outlives\n");
	ksft_test_result(!wrong, "capture.streams\n");
	ksft_test_result(!uncertain, "capture.active-probes\n");
	ksft_finished();
}
