// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Makefile finds all calls_NAME.c: CALL_TABLES is calls_memory, calls_video,
 * and so on, CALL_ARRAYS the same with [] after each.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exercise.h"
#include "handover.h"

extern const struct exercise_call CALL_ARRAYS;

static const struct exercise_call * const tables[] = { CALL_TABLES, NULL };

static const struct exercise_call *find(const char *name)
{
	const struct exercise_call * const *table;
	const struct exercise_call *call;

	for (table = tables; *table; table++) {
		for (call = *table; call->name; call++) {
			if (!strcmp(call->name, name))
				return call;
		}
	}
	return NULL;
}

unsigned int exercise_number(const char *word)
{
	return *word ? strtoul(word + 1, NULL, 10) % NAMES : 0;
}

static int *place(struct exercise *exercise, const char *word)
{
	if (*word < 'a' || *word > 'z')
		return NULL;
	return &exercise->fd[*word - 'a'][exercise_number(word)];
}

int exercise_fd(const struct exercise *exercise, const char *word)
{
	const int *fd = place((struct exercise *)exercise, word);

	return fd ? __atomic_load_n(fd, __ATOMIC_SEQ_CST) : -1;
}

struct exercise_file *exercise_file(struct exercise *exercise, const struct history_call *call)
{
	const char *word = history_word(call, 0);

	return *word == 'v' ? exercise->file[exercise_number(word)] : NULL;
}

struct copy *exercise_copy(struct exercise *exercise, const struct history_call *call)
{
	struct exercise_file *file = exercise_file(exercise, call);
	int fd = exercise_fd(exercise, history_word(call, 0));

	if (!file)
		return NULL;
	file->copy.m2m.fd = fd;
	file->copy.m2m.output.fd = fd;
	file->copy.m2m.capture.fd = fd;
	return &file->copy;
}

struct m2m_queue *exercise_queue(struct exercise_file *file, const struct history_call *call)
{
	struct m2m *m2m = &file->copy.m2m;

	return strcmp(history_word(call, 1), "cap") ? &m2m->output : &m2m->capture;
}

static int make(const struct exercise_call *known, struct exercise *exercise,
		const struct history_call *call)
{
	struct exercise_target on = {
		.exercise = exercise, .file = exercise_file(exercise, call),
	};

	if (known->make)
		return known->make(exercise, call);
	if (!on.file)
		return -EBADF;
	on.fd = exercise_fd(exercise, history_word(call, 0));
	on.queue = exercise_queue(on.file, call);
	return known->on(&on, call);
}

void exercise_make(struct exercise *exercise, const struct history_call *call)
{
	const struct exercise_call *known = find(call->name);
	int *result, ret;

	if (!known) {
		printf("# no call %s\n", call->name);
		exercise->failed = true;
		return;
	}
	ret = make(known, exercise, call);
	if (strcmp(known->name, "fail"))
		exercise_disarm();
	result = call->result && *call->result != 'm' ? place(exercise, call->result) : NULL;
	if (result)
		__atomic_store_n(result, ret, __ATOMIC_SEQ_CST);
}

static int find_path(struct exercise *exercise, int fd)
{
	char link[32];
	ssize_t size;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	size = readlink(link, exercise->path, sizeof(exercise->path) - 1);
	if (size < 0)
		return -errno;
	exercise->path[size] = 0;
	return 0;
}

/* Nobody waits for a message. */
static int open_socket(struct exercise *exercise)
{
	int ret = handover_pair(exercise->socket);

	if (ret)
		return ret;
	return fcntl(exercise->socket[1], F_SETFL, O_NONBLOCK) ? -errno : 0;
}

int exercise_find(struct exercise *exercise)
{
	struct copy *copy = calloc(1, sizeof(*copy));
	int ret;

	if (!copy)
		return -ENOMEM;
	copy->options = exercise->options;
	copy->device = device_find(exercise->options.driver);
	ret = copy->device->open(copy, exercise->options.driver);
	if (!ret) {
		ret = find_path(exercise, copy->m2m.fd);
		exercise->m2m = copy->m2m;
		close(copy->m2m.fd);
	}
	free(copy);
	return ret;
}

int exercise_open(struct exercise *exercise, const struct copy_options *options)
{
	int ret;

	exercise->options = *options;
	memset(exercise->fd, -1, sizeof(exercise->fd));
	ret = exercise_find(exercise);
	return ret ? ret : open_socket(exercise);
}
