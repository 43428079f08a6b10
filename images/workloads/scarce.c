// SPDX-License-Identifier: GPL-2.0-only
/*
 * One life of a file again and again: the first allocation in it fails, then the
 * second, until there is none left to fail. Each life is that of a process of
 * its own, which gives up at the first error, so that the kernel cleans up after
 * it. A job is done or refused, never lost, never half; and before and after all
 * of this, jobs are as they should be.
 *
 * What may fail begins with the streams, with --whole=1 with open(), and with
 * --opening=1 it is open() alone, which is then tried again; none but the first
 * so many with --last. A job without a fence is no news to its producer: nothing
 * is claimed of what consumers would see of those.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/wait.h>
#include <linux/dma-buf.h>

#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "fence.h"
#include "inject.h"
#include "must.h"
#include "workload.h"

/* What became of a life, as its exit status. */
#define INJECTED	0x01
#define REFUSED		0x02
/* An error that nothing explains, or a picture that is not the one. */
#define SURPRISE	0x04
#define LIFE_MASK	(INJECTED | REFUSED | SURPRISE)
#define LIVED		0x10

/* A life has some fifty. */
#define ALLOCATIONS_MAX	1000

/* When allocations may fail. */
enum range {
	STREAMS,
	WHOLE,
	OPENING,
};

static struct inject inject;
/* One has, while the file was opened. */
static bool injected_early;

struct result {
	unsigned int lives;
	unsigned int injected;
	unsigned int refused;
	unsigned int done;
	unsigned int surprises;
	/* The last life met no failure: all allocations have had theirs. */
	bool swept;
};

/* All that wants memory, up to the call that starts the job. */
static int set_out(struct copy *copy, const char **what)
{
	const struct m2m_plane *plane = &copy->m2m.capture.buffer[0].plane[0];
	int ret, sync_file;

	*what = "start of the streams";
	ret = copy_start(copy);
	if (ret)
		return ret;
	*what = "EXPORT_SYNC_FILE";
	sync_file = fence_export(plane->dmabuf[0], DMA_BUF_SYNC_READ);
	if (sync_file < 0)
		return sync_file;
	close(sync_file);
	copy->payload[0] = copy->device->fill(copy, 0);
	*what = "request";
	ret = copy->device->prepare ? copy->device->prepare(copy, 0) : 0;
	if (ret)
		return ret;
	*what = "start of the job";
	return copy->device->start(copy, 0);
}

static void opened(void)
{
	injected_early = inject_disarm(&inject);
}

static int live(const struct copy_options *options, enum range range, unsigned int nth)
{
	struct copy_options mine = *options;
	static struct copy copy;
	int ret, status = LIVED;
	bool lost = false;
	const char *what;

	must(inject_open(&inject), "failslab");
	if (range == OPENING)
		mine.opened = opened;
	if (range != STREAMS)
		must(inject_arm(&inject, nth), "fail-nth");
	ret = copy_open(&copy, &mine, &what);
	if (range == STREAMS) {
		must(ret, what);
		must(inject_arm(&inject, nth), "fail-nth");
	}
	if (!ret)
		ret = set_out(&copy, &what);
	if (range == OPENING ? injected_early : inject_disarm(&inject))
		status |= INJECTED;
	if (!ret) {
		ret = copy_come_back(&copy);
		what = ret == -EILSEQ ? "picture" : "job";
		lost = ret && ret != -EIO;
	}
	if (ret)
		status |= REFUSED;
	else
		copy_close(&copy);
	if (!lost && (!ret || status & INJECTED))
		return status;
	ksft_print_msg("allocation %u: %s: %d\n", nth, what, ret);
	return status | SURPRISE;
}

/* Returns whether an allocation failed; if not, there are not that many. */
static bool one_life(const struct copy_options *options, enum range range, unsigned int nth,
		     struct result *result)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	must(pid < 0 ? -errno : 0, "fork");
	if (!pid) {
		status = live(options, range, nth);
		fflush(stdout);
		_exit(status);
	}
	must(waitpid(pid, &status, 0) < 0 ? -errno : 0, "wait");
	if (!WIFEXITED(status) || (WEXITSTATUS(status) & ~LIFE_MASK) != LIVED)
		ksft_exit_fail_msg("allocation %u: it ended with 0x%x\n", nth, status);
	status = WEXITSTATUS(status);
	result->lives++;
	result->injected += !!(status & INJECTED);
	result->refused += !!(status & REFUSED);
	result->done += !(status & REFUSED);
	result->surprises += !!(status & SURPRISE);
	return status & INJECTED;
}

/* Jobs that nothing disturbs. */
static void at_peace(struct copy *copy, const struct copy_options *options, unsigned int instance)
{
	workload_open(copy, options);
	copy->m2m.instance = instance;
	workload_some_jobs(copy);
}

int main(int argc, char **argv)
{
	static struct copy before, after;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 1,
		.msec = 40,
	};
	__u64 whole = 0, opening = 0, last = ALLOCATIONS_MAX;
	const struct arg args[] = {
		{ .name = "whole", .number = &whole },
		{ .name = "opening", .number = &opening },
		{ .name = "last", .number = &last },
	};
	struct result result = { 0 };
	enum range range;
	unsigned int nth;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	range = whole ? WHOLE : opening ? OPENING : STREAMS;
	at_peace(&before, &options, 0);

	ksft_set_plan(7);
	for (nth = 1; nth <= ALLOCATIONS_MAX && !result.swept; nth++)
		result.swept = !one_life(&options, range, nth, &result) || nth >= last;
	at_peace(&after, &options, 1);
	ksft_print_msg("%u allocations failed, %u lives refused, %u done\n", result.injected,
		       result.refused, result.done);

	ksft_test_result(result.injected && (result.refused || range == OPENING),
			 "life.injected\n");
	ksft_test_result(result.swept, "life.swept\n");
	ksft_test_result(result.done, "life.done\n");
	ksft_test_result(!result.surprises, "life.errors\n");
	ksft_test_result(!copy_wrong(&before) && !copy_wrong(&after), "capture.streams\n");
	ksft_test_result(copy_was_asked(&before) && copy_was_asked(&after),
			 "capture.active-probes\n");
	ksft_test_result(!before.session.errors && !after.session.errors, "capture.probes\n");
	ksft_finished();
}
