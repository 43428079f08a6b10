/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that a history can have, and what they are about. One interface more is
 * one more file, which nothing else names: calls_NAME.c has calls_NAME, an array
 * of those that it knows, and an empty one at its end.
 */
#ifndef M2M_EXERCISE_H
#define M2M_EXERCISE_H

#include <pthread.h>
#include <linux/types.h>

#include "copy.h"
#include "history.h"

/* Of each kind: names are a letter, that of the kind, and a number. */
#define NAMES		32

/* What all descriptors of one open video device have in common. */
struct exercise_file {
	struct copy copy;
	/* Where the planes of the buffers can be mapped, of OUTPUT and CAPTURE. */
	__u32 offset[2][VIDEO_MAX_FRAME][M2M_PLANES_MAX];
	/* Held by whoever has all planes of a buffer mapped. */
	pthread_mutex_t filling;
	/* How many formats each queue has. */
	unsigned int formats[2];
};

/* A mapping is taken out of its place by whoever uses it, so no two threads do. */
struct exercise_map {
	void *at;
	size_t size;
	bool written;
};

struct exercise {
	struct copy_options options;
	/* Of the device; what opening it anew begins with. */
	char path[32];
	struct m2m m2m;
	/* By letter, from 'a': descriptors, -1 where none is. */
	int fd[26][NAMES];
	/* Of those called v. */
	struct exercise_file *file[NAMES];
	struct exercise_map map[NAMES];
	/* The threads, for whoever sends them signals. */
	pthread_t thread[HISTORY_THREADS];
	unsigned int threads;
	/* For descriptors in messages: what is sent into the first comes out of the second. */
	int socket[2];
	__u64 sent;
	/* Pictures that were fed, all files together. */
	__u64 fed;
	/* Something that must work did not. */
	bool failed;
};

/* What the first two words of a call name: an open device, and one of its queues. */
struct exercise_target {
	struct exercise *exercise;
	int fd;
	struct exercise_file *file;
	/* OUTPUT where nothing else is said. */
	struct m2m_queue *queue;
};

/*
 * One of them is there, and gives what the call returned: 0, a negative errno, or for a
 * result its descriptor. @on is not called without a device: -EBADF.
 */
struct exercise_call {
	const char *name;
	int (*make)(struct exercise *exercise, const struct history_call *call);
	int (*on)(const struct exercise_target *on, const struct history_call *call);
};

/* Make one call of a history, and keep its result. */
void exercise_make(struct exercise *exercise, const struct history_call *call);

/* The device under its usual name, and nothing kept yet; 0 or a negative errno. */
int exercise_open(struct exercise *exercise, const struct copy_options *options);

/* The same as far as its node goes, which may have another number; 0 or a negative errno. */
int exercise_find(struct exercise *exercise);

/* Processes that still run are killed; -EAGAIN: one of them has not ended yet. */
int exercise_end_children(struct exercise *exercise);

/* No allocation of this thread fails from here on. */
void exercise_disarm(void);

/* The descriptor that a word names, -1 if none. */
int exercise_fd(const struct exercise *exercise, const char *word);

/* The number in a name. */
unsigned int exercise_number(const char *word);

/* What the first word names: an open device; NULL if it is none. */
struct exercise_file *exercise_file(struct exercise *exercise, const struct history_call *call);

/* As exercise_file(), for what the workloads' own functions do with the device. */
struct copy *exercise_copy(struct exercise *exercise, const struct history_call *call);

/* What the second word names: "out" or "cap". */
struct m2m_queue *exercise_queue(struct exercise_file *file, const struct history_call *call);

#endif
