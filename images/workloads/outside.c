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

#include "kselftest.h"

#include "args.h"
#include "beside.h"
#include "entropy.h"
#include "must.h"
#include "node.h"

static pid_t start(const char *program, const struct words *words, int out)
{
	const char *argv[WORDS_MAX + 2] = { program };
	unsigned int i;
	pid_t pid;

	for (i = 0; i < words->count; i++) {
		argv[i + 1] = node_word(words->word[i]);
		if (!argv[i + 1])
			ksft_exit_skip("no video node %s\n", words->word[i]);
	}
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
	const char *program = NULL, *ready = NULL;
	struct words words = { 0 }, meanwhile = { 0 };
	__u64 seed = 1;
	const struct arg args[] = {
		{ .name = "program", .word = &program },
		{ .name = "arg", .words = &words },
		{ .name = "beside", .words = &meanwhile },
		{ .name = "ready", .word = &ready },
		{ .name = "seed", .number = &seed },
	};
	int out[2], status;
	char *line = NULL;
	size_t room = 0;
	FILE *stream;
	pid_t pid, beside;

	ksft_print_header();
	if (args_parse(argc, argv, args, ARRAY_SIZE(args)) || !program)
		ksft_exit_fail_msg("bad options\n");
	ksft_set_plan(1 + !!meanwhile.count);
	entropy_give(seed);
	beside = beside_start(&meanwhile, ready);
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
	if (beside)
		ksft_test_result(beside_end(beside), "beside.ends\n");
	ksft_finished();
}
