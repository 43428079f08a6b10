// SPDX-License-Identifier: GPL-2.0-only
/*
 * All modules go, the one that makes fences as well, while somebody holds the
 * fence of a job that is over: what a fence needs of them must stay.
 */
#include <errno.h>
#include <unistd.h>

#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "driver.h"
#include "fence.h"
#include "fenced.h"

/* Who needs others comes before them; the last is the one that makes fences. */
static const char * const modules[] = {
	"vim2m", "v4l2_mem2mem", "videobuf2_vmalloc", "videobuf2_memops", "videobuf2_v4l2",
	"videobuf2_common",
};

#define MODULES		ARRAY_SIZE(modules)

/* References of modules may be dropped late, by RCU. */
#define PATIENCE	(2 * NSEC_PER_SEC)
#define PAUSE		(10 * NSEC_PER_MSEC)

static int unload_in_time(const char *name)
{
	__s64 deadline = clock_now() + PATIENCE;
	int ret;

	while ((ret = module_unload(name)) == -EWOULDBLOCK && clock_now() < deadline)
		clock_sleep(PAUSE);
	return ret;
}

/* One job; gives a sync_file that was exported while it ran. */
static int one_job(struct copy *copy, const struct copy_options *options)
{
	int sync_file;

	workload_open(copy, options);
	must(copy_start(copy), "start");
	must(copy_feed(copy, 0), "QBUF OUTPUT");
	copy_ask_once(copy, 0);
	/* Who asks comes in an order that the seed chooses, and not all get one. */
	sync_file = session_hold(&copy->session, true);
	must(copy_finish(copy, 0), "job");
	copy_close(copy);
	return sync_file;
}

/* The same, of a fence that VIDIOC_QBUF gives. */
static int one_explicit_job(struct copy *copy, const struct copy_options *options)
{
	int sync_file;

	fenced_open(copy, options);
	must(explicit_start(copy), "STREAMON");
	sync_file = fenced_job(copy, 0, 0, 0);
	must(copy_finish(copy, 0), "job");
	copy_close(copy);
	return sync_file;
}

/* Whatever can be done with it. */
static bool is_usable(int sync_file)
{
	int merged = fence_merge(sync_file, sync_file);

	if (merged < 0)
		return false;
	close(merged);
	return fence_wait(sync_file, 0) > 0 && fence_is_good(sync_file);
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 40,
	};
	__u64 explicit = 0;
	const struct arg args[] = {
		{ .name = "explicit", .number = &explicit },
	};
	unsigned int i, wrong;
	int sync_file, ret;
	bool usable;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));

	ksft_set_plan(3);
	sync_file = explicit ? one_explicit_job(&copy, &options) : one_job(&copy, &options);
	wrong = copy_wrong(&copy);
	for (i = 0; i < MODULES - 1; i++)
		must(unload_in_time(modules[i]), modules[i]);
	/* Gone, if nobody needs it: the stub that there is without a series does not. */
	module_unload(modules[MODULES - 1]);
	usable = is_usable(sync_file);
	close(sync_file);
	/* Held by the fence alone, it can go now; -ENOENT: it has gone. */
	ret = unload_in_time(modules[MODULES - 1]);
	ksft_test_result(usable, "fence.outlives\n");
	ksft_test_result(!ret || ret == -ENOENT, "module.goes\n");

	for (i = MODULES; i > 0; i--)
		must(module_load(modules[i - 1]), modules[i - 1]);
	close(one_job(&copy, &options));
	wrong += copy_wrong(&copy);
	ksft_test_result(!wrong, "capture.streams\n");
	ksft_finished();
}
