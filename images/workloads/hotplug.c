// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtual CPU goes and comes back while files of a driver stream, one of them
 * from a thread that stays with that CPU as long as it can. Whatever waits on
 * the CPU when it goes, timers, work and interrupts, has to go elsewhere: every
 * picture comes back whole and in order.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "cpu.h"
#include "must.h"
#include "sysfs.h"
#include "workload.h"

#define CONTEXTS_MAX	4

/* The one that goes; the first one cannot. */
#define CPU		1
#define CPU_ONLINE	"/sys/devices/system/cpu/cpu1/online"

/* A CPU stays away, and stays, for up to so long. */
#define PAUSE		(30 * NSEC_PER_MSEC)

struct stream {
	struct copy copy;
	pthread_t thread;
	/* The only one, so that what is asked while its job should run is certain. */
	bool alone;
	bool stays;
	const atomic_bool *over;
	/* Jobs that were started by the CPU that goes. */
	unsigned int there;
	int ret;
};

static int set_online(bool online)
{
	return sysfs_write(CPU_ONLINE, online ? "1" : "0");
}

/* It is not there now, or goes before this thread gets there: then elsewhere. */
static void try_cpu(void)
{
	cpu_run_on(CPU);
}

static int one_frame(struct stream *stream)
{
	struct copy *copy = &stream->copy;
	unsigned int index = copy->frame % copy->depth;
	int ret;

	if (stream->stays)
		try_cpu();
	ret = copy_feed(copy, index);
	stream->there += sched_getcpu() == CPU;
	if (ret)
		return ret;
	if (stream->alone)
		copy_ask_once(copy, index);
	else
		session_ask(&copy->session, &copy->m2m.capture, index, CONSUMER_UNSURE);
	ret = copy_finish(copy, index);
	return ret ? ret : m2m_qbuf(&copy->m2m.capture, index, NULL);
}

static void *work(void *arg)
{
	struct stream *stream = arg;

	while (!*stream->over && !stream->ret)
		stream->ret = one_frame(stream);
	return NULL;
}

static void open_stream(struct stream *stream, const struct copy_options *options,
			unsigned int instance, const atomic_bool *over)
{
	workload_open(&stream->copy, options);
	stream->copy.m2m.instance = instance;
	stream->stays = !instance;
	stream->over = over;
	must(copy_start(&stream->copy), "start");
}

static void toggle(__u64 times, __u64 seed)
{
	struct random random = { .state = seed };

	for (; times; times--) {
		clock_sleep(random_below(&random, PAUSE));
		must(set_online(false), "offline");
		must(sysfs_number(CPU_ONLINE) ? -EBUSY : 0, "still online");
		clock_sleep(random_below(&random, PAUSE));
		must(set_online(true), "online");
		must(sysfs_number(CPU_ONLINE) == 1 ? 0 : -EIO, "still offline");
	}
}

int main(int argc, char **argv)
{
	static struct stream stream[CONTEXTS_MAX];
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 3,
		.msec = 5,
	};
	__u64 contexts = 3, times = 12;
	const struct arg args[] = {
		{ .name = "contexts", .number = &contexts },
		{ .name = "times", .number = &times },
	};
	unsigned int i, wrong = 0, broken = 0, there = 0;
	atomic_bool over = false;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	if (!contexts || contexts > CONTEXTS_MAX)
		ksft_exit_fail_msg("contexts out of range\n");
	for (i = 0; i < contexts; i++) {
		open_stream(&stream[i], &options, i, &over);
		stream[i].alone = contexts == 1;
	}

	ksft_set_plan(3);
	for (i = 0; i < contexts; i++)
		must(-pthread_create(&stream[i].thread, NULL, work, &stream[i]), "thread");
	toggle(times, options.seed);
	over = true;
	for (i = 0; i < contexts; i++) {
		const struct copy *copy = &stream[i].copy;

		pthread_join(stream[i].thread, NULL);
		ksft_print_msg("file %u: %u pictures, %u jobs begun on the CPU that goes: %s\n", i,
			       copy->frame, stream[i].there, strerror(-stream[i].ret));
		broken += stream[i].ret || !copy->frame;
		wrong += copy_wrong(copy);
		there += stream[i].there;
		copy_close(&stream[i].copy);
	}

	ksft_test_result(!broken, "capture.goes-on\n");
	ksft_test_result(!wrong, "capture.streams\n");
	ksft_test_result(there, "cpu.was-used\n");
	ksft_finished();
}
