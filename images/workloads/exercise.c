// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes the calls of a history, which the host drew or wrote, and decides nothing.
 * Threads meet at each join. The main thread waits for them there with a timer
 * running, without which the virtual clock would stand still, and sends a
 * signal to whoever is late: a call that has nothing to wait for any more.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include <linux/futex.h>
#include <sys/syscall.h>

#include "kselftest.h"

#include "exercise.h"
#include "must.h"
#include "workload.h"

/* What a round may take: its calls wait for jobs, and polls have limits of their own. */
#define PATIENCE	(4 * NSEC_PER_SEC)

/* Between signals, and how many of them are sent. */
#define NUDGE		(50 * NSEC_PER_MSEC)
#define NUDGES		60

static struct exercise exercise;
static struct history history;

/* The round that may begin, and how many threads have come to its end. */
static unsigned int begun;
static unsigned int arrived;
/* By thread: the rounds that it has done. */
static unsigned int done[HISTORY_THREADS];

static void futex_wait(unsigned int *at, unsigned int value, __s64 nsec)
{
	const struct timespec left = {
		.tv_sec = nsec / NSEC_PER_SEC,
		.tv_nsec = nsec % NSEC_PER_SEC,
	};

	syscall(SYS_futex, at, FUTEX_WAIT, value, &left, NULL, 0);
}

static void futex_wake(unsigned int *at)
{
	syscall(SYS_futex, at, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void wait_for_round(unsigned int round)
{
	unsigned int now;

	while ((now = __atomic_load_n(&begun, __ATOMIC_SEQ_CST)) < round)
		futex_wait(&begun, now, NSEC_PER_SEC);
}

static void *run_thread(void *arg)
{
	unsigned int number = (unsigned long)arg;
	const struct history_call *call = history.call;
	const struct history_call *end = call + history.calls;
	unsigned int round;

	for (round = 1; round <= history.rounds; round++) {
		wait_for_round(round);
		for (; call < end && call->round < round; call++) {
			if (call->thread == number)
				exercise_make(&exercise, call);
		}
		__atomic_store_n(&done[number], round, __ATOMIC_SEQ_CST);
		__atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
		futex_wake(&arrived);
	}
	return NULL;
}

/* Only to end the call that it meets. */
static void interrupt(int number)
{
	(void)number;
}

static void nudge(unsigned int round)
{
	unsigned int i;

	for (i = 0; i < history.threads; i++) {
		if (__atomic_load_n(&done[i], __ATOMIC_SEQ_CST) < round)
			pthread_kill(exercise.thread[i], SIGUSR1);
	}
}

/* Whether all threads came to the end of the round. */
static bool supervise(unsigned int round)
{
	__s64 now, late = clock_now() + PATIENCE;
	unsigned int there, nudges = 0;

	for (;;) {
		there = __atomic_load_n(&arrived, __ATOMIC_SEQ_CST);
		if (there == round * history.threads)
			return true;
		now = clock_now();
		if (now >= late) {
			if (nudges++ == NUDGES)
				return false;
			nudge(round);
			late = now + NUDGE;
		}
		futex_wait(&arrived, there, late - now);
	}
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = interrupt };

	/* Without SA_RESTART. */
	sigaction(SIGUSR1, &action, NULL);
}

static void run(void)
{
	unsigned long i;
	unsigned int round;

	exercise.threads = history.threads;
	for (i = 0; i < history.threads; i++)
		must(-pthread_create(&exercise.thread[i], NULL, run_thread, (void *)i), "thread");
	for (round = 1; round <= history.rounds; round++) {
		__atomic_store_n(&begun, round, __ATOMIC_SEQ_CST);
		futex_wake(&begun);
		if (!supervise(round))
			ksft_exit_fail_msg("a call of round %u did not end\n", round);
	}
	for (i = 0; i < history.threads; i++)
		pthread_join(exercise.thread[i], NULL);
	for (i = 0; exercise_end_children(&exercise); i++) {
		if (i == NUDGES)
			ksft_exit_fail_msg("a process did not end\n");
		clock_sleep(NUDGE);
	}
}

int main(int argc, char **argv)
{
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 4,
		.msec = 20,
	};
	const char *path = NULL;
	const struct arg args[] = {
		{ .name = "history", .word = &path },
	};
	int ret;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	if (!path)
		ksft_exit_fail_msg("no history\n");
	must(history_read(&history, path), path);
	ret = exercise_open(&exercise, &options);
	if (ret == -ENODEV)
		ksft_exit_skip("there is no %s\n", options.driver);
	must(ret, options.driver);

	ksft_set_plan(1);
	catch_signals();
	run();
	ksft_test_result(!exercise.failed, "exercise.done\n");
	ksft_finished();
}
