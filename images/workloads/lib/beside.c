// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <sys/wait.h>

#include "beside.h"
#include "clock.h"
#include "must.h"

/* How long it may take to come up, and how often to look. */
#define PATIENCE	(60 * NSEC_PER_SEC)
#define LOOK		(20 * NSEC_PER_MSEC)

/* What it prints; in a file, for nobody reads it meanwhile. */
#define LOG		"/tmp/beside"

/* What a compositor of Wayland and its clients want to know. */
static const char * const environment[] = {
	"XDG_RUNTIME_DIR=/tmp", "WAYLAND_DISPLAY=wayland-1",
	/* There is no keyboard, so there are no keymaps either. */
	"XKB_CONFIG_ROOT=/tmp",
	/* Nobody else wants the devices. */
	"LIBSEAT_BACKEND=noop",
};

static void print_log(void)
{
	FILE *log = fopen(LOG, "re");
	char line[512];

	while (log && fgets(line, sizeof(line), log))
		printf("# %.*s\n", (int)strcspn(line, "\n"), line);
	if (log)
		fclose(log);
	unlink(LOG);
}

static void wait_for(pid_t pid, const char *ready)
{
	const struct timespec pause = { .tv_nsec = LOOK };
	__s64 end = clock_now() + PATIENCE;

	while (access(ready, F_OK)) {
		if (waitpid(pid, NULL, WNOHANG) || clock_now() > end) {
			print_log();
			must(-ENOENT, ready);
		}
		nanosleep(&pause, NULL);
	}
}

static void become(const struct words *words)
{
	int out = open(LOG, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	const char *argv[WORDS_MAX + 1] = { 0 };
	unsigned int i;

	for (i = 0; i < words->count; i++)
		argv[i] = words->word[i];
	if (out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(126);
	execv(argv[0], (char **)argv);
	_exit(127);
}

pid_t beside_start(const struct words *words, const char *ready)
{
	unsigned int i;
	pid_t pid;

	if (!words->count)
		return 0;
	for (i = 0; i < sizeof(environment) / sizeof(*environment); i++)
		must(putenv((char *)environment[i]) ? -ENOMEM : 0, "environment");
	pid = fork();
	must(pid < 0 ? -errno : 0, "fork");
	if (!pid)
		become(words);
	if (ready)
		wait_for(pid, ready);
	return pid;
}

bool beside_end(pid_t pid)
{
	int status;

	if (!pid)
		return true;
	must(kill(pid, SIGTERM) ? -errno : 0, "end the program beside");
	must(waitpid(pid, &status, 0) < 0 ? -errno : 0, "wait for the program beside");
	print_log();
	if (status)
		ksft_print_msg("the program beside ended with status %x\n", status);
	return !status;
}
