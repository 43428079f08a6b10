// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "clock.h"
#include "dump.h"
#include "effort.h"
#include "power.h"
#include "results.h"
#include "rounds.h"
#include "run.h"
#include "screens.h"
#include "stream.h"
#include "stuck.h"

/* kselftest's exit code of a test that cannot run here. */
#define EXIT_SKIP	4

/* How long a killed process, or its pipes, may take to go away. */
#define GRACE		(2 * NSEC_PER_SEC)

/* How often to look whether a workload spins. */
#define LOOK		(2 * NSEC_PER_SEC)

struct run {
	pid_t pid;
	int pidfd;
	struct stream out;
	struct stream err;
	bool gone;
	/* CPU time that all may have spent when it is over, and the process. 0: no limit. */
	int64_t most_of_all;
	int64_t most;
	bool spins;
};

static void make_pipe(int fds[2])
{
	if (pipe2(fds, O_CLOEXEC))
		die("pipe: %s", strerror(errno));
}

static void fill_args(const struct line *line, char *path, char *seed, char **args)
{
	size_t i, count = 0;

	args[count++] = path;
	for (i = 4; i < line->count; i++)
		args[count++] = line->word[i];
	args[count++] = seed;
	args[count] = NULL;
}

/* What of the new process does not follow from ours. */
static int describe(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, int out,
		    int err)
{
	sigset_t broken_pipe;
	int ret;

	sigemptyset(&broken_pipe);
	sigaddset(&broken_pipe, SIGPIPE);
	ret = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
	if (!ret)
		ret = posix_spawnattr_setsigdefault(attributes, &broken_pipe);
	if (!ret)
		ret = posix_spawn_file_actions_adddup2(actions, out, 1);
	if (!ret)
		ret = posix_spawn_file_actions_adddup2(actions, err, 2);
	if (!ret)
		ret = posix_spawn_file_actions_addchdir_np(actions, "/tmp");
	return ret;
}

/* A copy of our memory, only to be thrown away, is what a fork() would cost. */
static int spawn(pid_t *pid, char **args, int out, int err)
{
	static char * const env[] = {
		"PATH=/workloads:/bin:/sbin:/usr/bin:/usr/sbin", "HOME=/tmp", "LC_ALL=C",
		"M2M_CALLS=" CALLS_FILE, "M2M_SCREENS=" SCREENS_FOLDER, NULL
	};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int ret;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	ret = describe(&actions, &attributes, out, err);
	if (!ret)
		ret = posix_spawn(pid, args[0], &actions, &attributes, args, env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return -ret;
}

/* Returns 0 or a negative errno, why the file cannot be run. */
static int start(struct run *run, char **args)
{
	int out[2], err[2], ret;

	make_pipe(out);
	make_pipe(err);
	ret = spawn(&run->pid, args, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	if (ret) {
		close(out[0]);
		close(err[0]);
		return ret;
	}
	run->out = (struct stream){ .fd = out[0], .prefix = "  " };
	run->err = (struct stream){ .fd = err[0], .prefix = "  # " };
	run->pidfd = pidfd_open(run->pid, 0);
	if (run->pidfd < 0)
		die("pidfd: %s", strerror(errno));
	return 0;
}

/* Be it the program, one of its children, or the kernel on their behalf. */
static bool spins(const struct run *run)
{
	return run->most && (effort_of(run->pid) > run->most || effort_of_all() > run->most_of_all);
}

/*
 * Pass output on until the pipes end, or @deadline; or, if told, until the
 * process is gone or spins.
 */
static void follow(struct run *run, int64_t deadline, bool until_gone)
{
	struct pollfd fds[3] = {
		{ .fd = run->out.fd, .events = POLLIN },
		{ .fd = run->err.fd, .events = POLLIN },
		{ .fd = run->gone ? -1 : run->pidfd, .events = POLLIN },
	};
	int64_t now = clock_now(), look = now + LOOK;
	struct timespec left;
	int64_t nsec;

	for (;; now = clock_now()) {
		if (now >= deadline)
			return;
		if (until_gone && now >= look) {
			if (spins(run)) {
				run->spins = true;
				return;
			}
			look = now + LOOK;
		}
		nsec = (until_gone && look < deadline ? look : deadline) - now;
		left.tv_sec = nsec / NSEC_PER_SEC;
		left.tv_nsec = nsec % NSEC_PER_SEC;
		if (ppoll(fds, 3, &left, NULL) <= 0)
			continue;
		if (fds[0].revents && !stream_pass(&run->out))
			fds[0].fd = -1;
		if (fds[1].revents && !stream_pass(&run->err))
			fds[1].fd = -1;
		if (fds[2].revents) {
			run->gone = true;
			fds[2].fd = -1;
			if (until_gone)
				return;
		}
		if (!until_gone && fds[0].fd < 0 && fds[1].fd < 0)
			return;
	}
}

static void finish(struct run *run)
{
	/* Nothing but us is to outlive a workload, whatever group it went to. */
	kill(-1, SIGKILL);
	run->most = 0;
	if (!run->gone)
		follow(run, clock_now() + GRACE, true);
	follow(run, clock_now() + GRACE, false);
	stream_close(&run->out);
	stream_close(&run->err);
	close(run->pidfd);
}

static void tell_timeout(const struct run *run, const struct line *line, unsigned int number,
			 unsigned int seconds)
{
	results_line("not ok %u %s # timeout %u s%s%s", number, line->name, seconds,
		     run->spins ? " of CPU" : "", run->gone ? "" : ", cannot be killed");
}

/* Returns whether it ended by itself. */
static bool run_one(const struct plan *plan, const struct line *line, unsigned int number)
{
	const char *name = line->name;
	struct run run = { 0 };
	char path[256], seed[64];
	char *args[PLAN_WORDS + 2];
	unsigned int seconds = 0, busy = 0;
	bool timeout;
	int ret, status = 0;

	plan_number(line->word[2], &seconds);
	if (plan->cpu_share)
		busy = seconds > plan->cpu_share ? seconds / plan->cpu_share : 1;
	snprintf(path, sizeof(path), "/workloads/%s", line->word[3]);
	snprintf(seed, sizeof(seed), "--seed=%s", plan->seed);
	fill_args(line, path, seed, args);

	ret = start(&run, args);
	if (ret) {
		results_line("not ok %u %s # cannot run: %s", number, name, strerror(-ret));
		return true;
	}
	run.most = busy * NSEC_PER_SEC;
	run.most_of_all = effort_of_all() + run.most;
	follow(&run, clock_now() + seconds * NSEC_PER_SEC, true);
	timeout = !run.gone;
	if (timeout)
		stuck_tell(run.pid);
	finish(&run);
	if (run.gone)
		waitpid(run.pid, &status, 0);
	/* Orphans came to us, as to any PID 1. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;

	if (timeout)
		tell_timeout(&run, line, number, run.spins ? busy : seconds);
	else if (WIFSIGNALED(status))
		results_line("not ok %u %s # signal %d", number, name, WTERMSIG(status));
	else if (WEXITSTATUS(status) == EXIT_SKIP)
		results_line("ok %u %s # SKIP", number, name);
	else if (WEXITSTATUS(status))
		results_line("not ok %u %s # exit %d", number, name, WEXITSTATUS(status));
	else
		results_line("ok %u %s", number, name);
	return !timeout;
}

/* Without a file for them nothing is recorded, which is told. */
static bool run_recorded(const struct plan *plan, const struct line *line, unsigned int number,
			 int dump)
{
	int ret = calls_begin();
	bool ended = run_one(plan, line, number);

	dump_calls(dump, number, ret);
	dump_screens(dump, number);
	return ended;
}

/*
 * Before the workload of this number, from 0: whether the round before was red, after
 * which no other one begins.
 */
static bool round_is_red(const struct plan *plan, unsigned int number)
{
	unsigned int round;

	if (!plan->round_size || number % plan->round_size)
		return false;
	round = number / plan->round_size;
	if (kernel_complains()) {
		results_line("# round %u: the kernel complained", round);
		return true;
	}
	round_begin(round + 1);
	return false;
}

void run_all(const struct plan *plan, int dump)
{
	const char *hung = NULL;
	const struct line *line;
	unsigned int number = 0, red = 0;

	for (line = plan->runs.first; line; line = line->next)
		number++;
	results_line("1..%u", number);
	number = 0;
	for (line = plan->runs.first; line; line = line->next) {
		if (!red && !hung && round_is_red(plan, number))
			red = number / plan->round_size;
		number++;
		/* What one hangs in, the next may hang in too, each for its whole time. */
		if (hung)
			results_line("ok %u %s # SKIP because %s hung", number, line->name, hung);
		else if (red)
			results_line("ok %u %s # SKIP because round %u was red", number,
				     line->name, red);
		else if (!run_recorded(plan, line, number, dump))
			hung = line->name;
	}
}
