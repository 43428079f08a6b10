// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whoever has queued buffers with fences goes: at once when what a job waits for has
 * signaled, or killed while jobs wait for what does not come before.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kselftest.h"

#include "args.h"
#include "clock.h"
#include "fenced.h"
#include "foreign.h"
#include "handover.h"
#include "observe.h"

#define ROUNDS		4

/* A line for each fence of a timeline that is pending: sync_debug.c */
#define SYNC_INFO	"/sys/kernel/debug/sync/info"

/* The file is closed while the job starts. */
static void hurry(struct copy *copy, const struct copy_options *options)
{
	struct foreign foreign;
	int in, out;

	must(foreign_open(&foreign), "sw_sync");
	fenced_reopen(copy, options);
	must(explicit_start(copy), "STREAMON");
	in = foreign_fence(&foreign);
	out = fenced_job(copy, 0, FLAG_IN_FENCE, in);
	close(in);
	must(foreign_signal(&foreign), "sw_sync");
	copy_close(copy);
	fenced_ask_again(out);
	foreign_close(&foreign);
	clock_sleep(FENCED_TEMPTATION);
}

/* The fences go to the parent; then there is nothing to do but to wait. */
static void wait_for_death(const struct copy_options *options, int in, int socket)
{
	static struct copy copy;
	int out[2];
	char word = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fenced_open(&copy, options);
	must(explicit_start(&copy), "STREAMON");
	out[0] = fenced_job(&copy, 0, FLAG_IN_FENCE, in);
	out[1] = fenced_job(&copy, 1, 0, 0);
	close(in);
	must(handover_send(socket, &word, sizeof(word), out, 2), "SCM_RIGHTS");
	for (;;)
		pause();
}

static unsigned int pending_fences(void)
{
	FILE *info = fopen(SYNC_INFO, "re");
	unsigned int count = 0;
	char line[256];

	must(info ? 0 : -errno, SYNC_INFO);
	while (fgets(line, sizeof(line), info))
		count += !strncmp(line, "  fence", 7);
	fclose(info);
	return count;
}

static void print_killed(const struct copy_options *options, int out)
{
	struct observation seen;
	struct fence fence;

	must(fence_read(out, &fence), "FILE_INFO");
	observe_begin(&seen, "killed");
	observe_word(&seen, "driver", options->driver);
	observe_number(&seen, "status", fence.status);
	observe_number(&seen, "awaited", pending_fences());
	observe_end(&seen);
}

/* What the jobs of a process that is killed waited for signals when it has gone. */
static void killed(const struct copy_options *options)
{
	int in, out[2], sockets[2];
	struct foreign foreign;
	char word;
	pid_t pid;

	must(foreign_open(&foreign), "sw_sync");
	in = foreign_fence(&foreign);
	must(in, "sw_sync");
	must(handover_pair(sockets), "socketpair");
	pid = fenced_fork();
	if (!pid)
		wait_for_death(options, in, sockets[1]);
	close(in);
	close(sockets[1]);
	must(handover_receive(sockets[0], &word, sizeof(word), out, 2), "SCM_RIGHTS");
	close(sockets[0]);
	kill(pid, SIGKILL);
	must(waitpid(pid, NULL, 0) < 0 ? -errno : 0, "waitpid");
	print_killed(options, out[0]);
	print_killed(options, out[1]);
	must(foreign_signal(&foreign), "sw_sync");
	clock_sleep(FENCED_TEMPTATION);
	foreign_close(&foreign);
	close(out[0]);
	close(out[1]);
}

int main(int argc, char **argv)
{
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 20,
	};
	static struct copy copy;
	unsigned int i;

	workload_begin(&options, argc, argv, NULL, 0);
	/* It ends as skipped here if there is no such device. */
	fenced_open(&copy, &options);
	copy_close(&copy);
	ksft_set_plan(2);
	for (i = 0; i < ROUNDS; i++)
		hurry(&copy, &options);
	killed(&options);
	fenced_reopen(&copy, &options);
	must(explicit_start(&copy), "STREAMON");
	fenced_consume(&copy, 0, fenced_job(&copy, 0, 0, 0));
	must(copy_finish(&copy, 0), "job");
	fenced_end(&copy, 0);
}
