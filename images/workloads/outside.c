// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run a program that nobody here wrote, as it is. What it prints stands in the
 * results as remarks; if that is TAP, as test results, too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "kselftest.h"

#include "args.h"
#include "call.h"
#include "must.h"

#define NODES	64

/* "@DRIVER" stands for the driver's first video node, "@DRIVER:1" for its second. */
static const char *find_node(const char *word)
{
	struct v4l2_capability capability;
	char driver[sizeof(capability.driver) + 1], path[32];
	unsigned int skipped = 0;
	int node, number;

	if (sscanf(word, "@%16[^:]:%u", driver, &skipped) < 1)
		return word;
	for (number = 0; number < NODES; number++) {
		snprintf(path, sizeof(path), "/dev/video%d", number);
		node = open(path, O_RDWR | O_CLOEXEC);
		if (node < 0)
			continue;
		memset(&capability, 0, sizeof(capability));
		call_device(node, VIDIOC_QUERYCAP, &capability);
		close(node);
		if (!strcmp((const char *)capability.driver, driver) && !skipped--)
			return strdup(path);
	}
	ksft_exit_skip("no video node %s\n", word);
}

static pid_t start(const char *program, const struct words *words, int out)
{
	const char *argv[WORDS_MAX + 2] = { program };
	unsigned int i;
	pid_t pid;

	for (i = 0; i < words->count; i++)
		argv[i + 1] = find_node(words->word[i]);
	pid = fork();
	must(pid < 0 ? -errno : 0, "fork");
	if (pid)
		return pid;
	if (dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(126);
	execv(program, (char **)argv);
	_exit(127);
}

int main(int argc, char **argv)
{
	const char *program = NULL;
	struct words words = { 0 };
	__u64 seed;
	const struct arg args[] = {
		{ .name = "program", .word = &program },
		{ .name = "arg", .words = &words },
		{ .name = "seed", .number = &seed },
	};
	int out[2], status;
	char *line = NULL;
	size_t room = 0;
	FILE *stream;
	pid_t pid;

	ksft_print_header();
	if (args_parse(argc, argv, args, ARRAY_SIZE(args)) || !program)
		ksft_exit_fail_msg("bad options\n");
	ksft_set_plan(1);
	must(pipe2(out, O_CLOEXEC) ? -errno : 0, "pipe");
	pid = start(program, &words, out[1]);
	close(out[1]);
	stream = fdopen(out[0], "r");
	while (stream && getline(&line, &room, stream) > 0)
		printf("# %s%s", line, strchr(line, '\n') ? "" : "\n");
	must(waitpid(pid, &status, 0) < 0 ? -errno : 0, "wait");
	if (WIFSIGNALED(status))
		ksft_print_msg("signal %d\n", WTERMSIG(status));
	else if (WEXITSTATUS(status))
		ksft_print_msg("exit status %d\n", WEXITSTATUS(status));
	if (WIFEXITED(status) && WEXITSTATUS(status) == KSFT_SKIP)
		ksft_test_result_skip("%s\n", basename(program));
	else
		ksft_test_result(!status, "%s\n", basename(program));
	ksft_finished();
}
