// SPDX-License-Identifier: GPL-2.0-only
/*
 * Other processes: children, which have all descriptors and mappings as their parent
 * had them, and make one call; descriptors in messages; processes that are killed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "clock.h"
#include "exercise.h"
#include "handover.h"
#include "record.h"

/* The same call without the words that say who makes it. */
static struct history_call inner(const struct history_call *call)
{
	struct history_call own = { .thread = call->thread };
	unsigned int i;

	for (i = 0; i < call->words; i++) {
		if (!own.name && !strchr(call->word[i], '='))
			own.name = call->word[i];
		else if (strncmp(call->word[i], "linger=", 7))
			own.word[own.words++] = call->word[i];
	}
	return own;
}

/* p = child [CALL WORD…] linger=: it makes the call, waits, and ends. */
static int make_child(struct exercise *exercise, const struct history_call *call)
{
	struct record *record = record_begin(RECORD_FORK, -1, 0, NULL, 0, 0);
	struct history_call own = inner(call);
	pid_t pid = fork();

	if (!pid) {
		if (own.name)
			exercise_make(exercise, &own);
		clock_sleep(history_number(call, "linger", 0, 0) * NSEC_PER_MSEC);
		_exit(0);
	}
	record_end(record, pid < 0 ? -errno : pid, NULL, 0);
	return pid < 0 ? -errno : pid;
}

/* What has ended has no name any more, so no number is waited for twice. */
static int end(int *place, int number, int how)
{
	pid_t pid = __atomic_exchange_n(place, -1, __ATOMIC_SEQ_CST);

	if (pid < 0)
		return -ESRCH;
	if (number)
		kill(pid, number);
	if (waitpid(pid, NULL, how) == pid)
		return 0;
	__atomic_store_n(place, pid, __ATOMIC_SEQ_CST);
	return -EAGAIN;
}

/* kill p, await p */
static int make_end(struct exercise *exercise, const struct history_call *call)
{
	const char *word = history_word(call, 0);

	if (*word != 'p')
		return -ESRCH;
	return end(&exercise->fd['p' - 'a'][exercise_number(word)],
		   strcmp(call->name, "kill") ? 0 : SIGKILL, 0);
}

int exercise_end_children(struct exercise *exercise)
{
	int *place = exercise->fd['p' - 'a'];
	unsigned int i;
	int ret = 0;

	for (i = 0; i < NAMES && !ret; i++) {
		ret = end(&place[i], SIGKILL, WNOHANG);
		ret = ret == -ESRCH ? 0 : ret;
	}
	return ret;
}

/* What is sent along with a descriptor: which one it is, and what is known of it. */
struct parcel {
	__u64 number;
	struct exercise_file *file;
};

/* send NAME: from then on the message keeps it open, too. */
static int make_send(struct exercise *exercise, const struct history_call *call)
{
	int fd = exercise_fd(exercise, history_word(call, 0));
	struct parcel parcel = {
		.number = __atomic_add_fetch(&exercise->sent, 1, __ATOMIC_SEQ_CST),
		.file = exercise_file(exercise, call),
	};
	struct record *record;
	int ret;

	if (fd < 0)
		return -EBADF;
	record = record_begin(RECORD_SEND, fd, parcel.number, NULL, 0, 0);
	ret = handover_send(exercise->socket[0], &parcel, sizeof(parcel), &fd, 1);
	record_end(record, ret, NULL, 0);
	return ret;
}

/* NAME = receive: what was sent first, whatever it is. */
static int make_receive(struct exercise *exercise, const struct history_call *call)
{
	struct record *record = record_begin(RECORD_RECEIVE, -1, 0, NULL, 0, sizeof(__u64));
	struct parcel parcel = { 0 };
	int fd = -1;
	int ret = handover_receive(exercise->socket[1], &parcel, sizeof(parcel), &fd, 1);

	record_end(record, ret ? ret : fd, &parcel.number, sizeof(parcel.number));
	if (ret)
		return ret;
	if (call->result && *call->result == 'v')
		exercise->file[exercise_number(call->result)] = parcel.file;
	return fd;
}

const struct exercise_call calls_processes[] = {
	{ "child", .make = make_child },
	{ "kill", .make = make_end },
	{ "await", .make = make_end },
	{ "send", .make = make_send },
	{ "receive", .make = make_receive },
	{ 0 }
};
