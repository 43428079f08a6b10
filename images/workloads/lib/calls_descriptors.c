// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors of whatever kind: made again, closed, waited for; threads that are interrupted. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "exercise.h"
#include "record.h"

#define POLLED_MAX	4

/* RESULT = dup NAME */
static int make_dup(struct exercise *exercise, const struct history_call *call)
{
	const char *word = history_word(call, 0);
	int fd = dup(exercise_fd(exercise, word));

	if (fd < 0)
		return -errno;
	if (*word == 'v' && call->result && *call->result == 'v')
		exercise->file[exercise_number(call->result)] =
			exercise->file[exercise_number(word)];
	return fd;
}

/* close NAME: the name stands for nothing then. */
static int make_close(struct exercise *exercise, const struct history_call *call)
{
	const char *word = history_word(call, 0);
	int *place, fd;

	if (*word < 'a' || *word > 'z')
		return -EINVAL;
	place = &exercise->fd[*word - 'a'][exercise_number(word)];
	fd = __atomic_exchange_n(place, -1, __ATOMIC_SEQ_CST);
	if (fd < 0)
		return -EBADF;
	return close(fd) ? -errno : 0;
}

static short events_of(const struct history_call *call)
{
	const char *word = history_value(call, "events");

	if (!word)
		return POLLIN;
	return (strchr(word, 'i') ? POLLIN : 0) | (strchr(word, 'o') ? POLLOUT : 0) |
	       (strchr(word, 'p') ? POLLPRI : 0);
}

/* poll NAME… events=[i][o][p] ms= */
static int make_poll(struct exercise *exercise, const struct history_call *call)
{
	struct pollfd fds[POLLED_MAX] = { 0 };
	unsigned int count = 0;
	const char *word;

	while (count < POLLED_MAX && *(word = history_word(call, count))) {
		fds[count].fd = exercise_fd(exercise, word);
		fds[count].events = events_of(call);
		count++;
	}
	return poll(fds, count, history_number(call, "ms", 0, 0)) < 0 ? -errno : 0;
}

static void add(fd_set *set, int fd, bool wanted)
{
	if (wanted && fd >= 0 && fd < FD_SETSIZE)
		FD_SET(fd, set);
}

/* select NAME… events=[i][o][p] ms= */
static int make_select(struct exercise *exercise, const struct history_call *call)
{
	__u64 msec = history_number(call, "ms", 0, 0);
	struct timeval left = {
		.tv_sec = msec / 1000, .tv_usec = msec % 1000 * 1000,
	};
	short events = events_of(call);
	fd_set in, out, pri;
	unsigned int i;
	const char *word;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&pri);
	for (i = 0; i < POLLED_MAX && *(word = history_word(call, i)); i++) {
		int fd = exercise_fd(exercise, word);

		add(&in, fd, events & POLLIN);
		add(&out, fd, events & POLLOUT);
		add(&pri, fd, events & POLLPRI);
	}
	return select(FD_SETSIZE, &in, &out, &pri, &left) < 0 ? -errno : 0;
}

/* block v, nonblock v: from now on, whoever waits already. */
static int make_mode(struct exercise *exercise, const struct history_call *call)
{
	int fd = exercise_fd(exercise, history_word(call, 0));
	int flags = fcntl(fd, F_GETFL);
	struct record *record;
	int ret;

	if (flags < 0)
		return -errno;
	flags = strcmp(call->name, "block") ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
	record = record_begin(RECORD_MODE, fd, flags, NULL, 0, 0);
	ret = fcntl(fd, F_SETFL, flags) ? -errno : 0;
	record_end(record, ret, NULL, 0);
	return ret;
}

/* e = epoll */
static int make_epoll(struct exercise *exercise, const struct history_call *call)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	(void)exercise;
	(void)call;
	return fd < 0 ? -errno : fd;
}

/* watch e NAME events= [edge=1] [once=1], rewatch, unwatch e NAME */
static int make_watch(struct exercise *exercise, const struct history_call *call)
{
	int fd = exercise_fd(exercise, history_word(call, 1));
	struct epoll_event event = { .events = events_of(call), .data.fd = fd };
	int op = strcmp(call->name, "watch") ? EPOLL_CTL_DEL : EPOLL_CTL_ADD;

	if (!strcmp(call->name, "rewatch"))
		op = EPOLL_CTL_MOD;
	if (history_number(call, "once", 0, 0))
		event.events |= EPOLLONESHOT;
	if (history_number(call, "edge", 0, 0))
		event.events |= EPOLLET;
	return epoll_ctl(exercise_fd(exercise, history_word(call, 0)), op, fd, &event) ? -errno : 0;
}

/* ewait e ms= */
static int make_ewait(struct exercise *exercise, const struct history_call *call)
{
	int fd = exercise_fd(exercise, history_word(call, 0));
	struct epoll_event events[POLLED_MAX];
	int ret = epoll_wait(fd, events, POLLED_MAX, history_number(call, "ms", 0, 0));

	return ret < 0 ? -errno : 0;
}

/* sleep ms= */
static int make_sleep(struct exercise *exercise, const struct history_call *call)
{
	(void)exercise;
	clock_sleep(history_number(call, "ms", 0, 1) * NSEC_PER_MSEC);
	return 0;
}

/* signal thread=: a call that sleeps is interrupted. */
static int make_signal(struct exercise *exercise, const struct history_call *call)
{
	unsigned int number = history_index(call, "thread", exercise->threads);

	return number < exercise->threads ? -pthread_kill(exercise->thread[number], SIGUSR1) : 0;
}

const struct exercise_call calls_descriptors[] = {
	{ "dup", .make = make_dup },
	{ "close", .make = make_close },
	{ "poll", .make = make_poll },
	{ "select", .make = make_select },
	{ "block", .make = make_mode },
	{ "nonblock", .make = make_mode },
	{ "epoll", .make = make_epoll },
	{ "watch", .make = make_watch },
	{ "rewatch", .make = make_watch },
	{ "unwatch", .make = make_watch },
	{ "ewait", .make = make_ewait },
	{ "sleep", .make = make_sleep },
	{ "signal", .make = make_signal },
	{ 0 }
};
