/* SPDX-License-Identifier: GPL-2.0-only */
/* Somebody who holds a dma-buf and wants to know when he may read it. */
#ifndef M2M_CONSUMER_H
#define M2M_CONSUMER_H

#include <pthread.h>
#include <stdbool.h>
#include <linux/types.h>

#include "fence.h"
#include "m2m.h"

enum consumer_api {
	CONSUMER_POLL,
	CONSUMER_EPOLL,
	CONSUMER_EXPORT_READ,
	CONSUMER_EXPORT_WRITE,
	CONSUMER_APIS,
};

/* What is known about the buffer at the time of a probe; unsure if nothing is. */
enum consumer_state {
	CONSUMER_UNSURE,
	CONSUMER_DEQUEUED,
	CONSUMER_QUEUED,
	CONSUMER_ACTIVE,
	CONSUMER_DONE,
};

/* The dma-buf that is asked, by the names that an observation gives it. */
struct consumer_subject {
	const char *driver;
	const char *queue;
	unsigned int buffer;
	unsigned int sequence;
	unsigned int plane;
	unsigned int export;
	int dmabuf;
};

/*
 * One question and its answer. It is printed later than asked: whether a job
 * was certainly running shows only at its end, and printing takes time.
 */
struct consumer_probe {
	struct consumer_subject subject;
	enum consumer_api api;
	enum consumer_state state;
	__s64 begin;
	__s64 end;
	int error;
	bool ready;
	/* Of the exports: an open sync_file, or -1. */
	int sync_file;
	struct fence fence;
	unsigned int id;
	/* The same fence, looked at once more; the time is 0 if it was not. */
	__s64 again_time;
	int again_error;
	struct fence again;
};

struct consumer_waiter {
	struct consumer_subject subject;
	enum consumer_api api;
	enum consumer_state state;
	__s64 limit;
	__s64 begin;
	__s64 end;
	bool woken;
	pthread_t thread;
};

void consumer_subject(struct consumer_subject *subject, const struct m2m *m2m,
		      const struct m2m_queue *queue, unsigned int buffer, unsigned int plane,
		      unsigned int export);

void consumer_ask(struct consumer_probe *probe, const struct consumer_subject *subject,
		  enum consumer_api api);

/* A real fence, not the stub, was exported. */
bool consumer_saw_fence(const struct consumer_probe *probe);

/* @when names the moment of consumer_ask_again(), if it was called. */
void consumer_print(const struct consumer_probe *probe, const char *when);

/* Look once more at the fence that was exported. */
void consumer_ask_again(struct consumer_probe *probe);

/* Close what the probe holds. */
void consumer_forget(struct consumer_probe *probe);

/*
 * Sleep, in a thread of its own, in poll or epoll until the dma-buf may be read
 * or @limit nanoseconds are over. Returns 0 or a negative errno.
 */
int consumer_wait_start(struct consumer_waiter *waiter, const struct consumer_subject *subject,
			enum consumer_api api, __s64 limit);
void consumer_wait_end(struct consumer_waiter *waiter);
void consumer_wait_print(const struct consumer_waiter *waiter);

#endif
