/* SPDX-License-Identifier: GPL-2.0-only */
/* Somebody who holds a dma-buf and wants to know when he may read it. */
#ifndef M2M_CONSUMER_H
#define M2M_CONSUMER_H

#include <pthread.h>
#include <stdbool.h>
#include <linux/types.h>

#include "fence.h"
#include "m2m.h"
#include "observe.h"

enum consumer_api {
	CONSUMER_POLL,
	CONSUMER_EPOLL,
	CONSUMER_EXPORT_READ,
	CONSUMER_EXPORT_WRITE,
	/* Those before answer at once; these can only wait. */
	CONSUMER_PROBES,
	CONSUMER_SYNC = CONSUMER_PROBES,
	CONSUMER_SYNC_FILE,
	/* A display that waits on its own, in the kernel. */
	CONSUMER_SCANOUT,
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
	const char *device;
	unsigned int instance;
	const char *queue;
	unsigned int buffer;
	unsigned int sequence;
	unsigned int plane;
	unsigned int export;
	const char *foreign;
	/* The device reads the buffer, and writes nothing to it. */
	bool source;
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
	/* As what it stands in the reservation; NULL: nobody has looked. */
	const char *usage;
	unsigned int id;
	/* The same fence, looked at once more; the time is 0 if it was not. */
	__s64 again_time;
	int again_error;
	struct fence again;
	/* The buffer was dequeued by then, with or without V4L2_BUF_FLAG_ERROR. */
	bool dequeued;
	bool failed;
};

struct consumer_waiter {
	struct consumer_subject subject;
	enum consumer_api api;
	enum consumer_state state;
	__s64 limit;
	__s64 deadline;
	__s64 begin;
	__s64 end;
	/* The last moment at which the job certainly ran; 0 if that is not known. */
	__s64 running;
	bool woken;
	pthread_t thread;
	/* Called, if set, in the thread, right after it woke up. */
	void (*woke)(void *arg);
	void *arg;
};

void consumer_subject(struct consumer_subject *subject, const struct m2m *m2m,
		      const struct m2m_queue *queue, unsigned int buffer, unsigned int plane,
		      unsigned int export);

/* Which of the open files of this program it is about; the first has no number. */
void consumer_add_instance(struct observation *seen, const struct consumer_subject *subject);

/* The keys of an observation that say which dma-buf it is about. */
void consumer_add_subject(struct observation *seen, const struct consumer_subject *subject);

void consumer_ask(struct consumer_probe *probe, const struct consumer_subject *subject,
		  enum consumer_api api);

/* A real fence, not the stub, was exported. */
bool consumer_saw_fence(const struct consumer_probe *probe);

/* @when names the moment of consumer_ask_again(), if it was called. */
void consumer_print(const struct consumer_probe *probe, const char *when);

/* Look once more at the fence that was exported. */
void consumer_ask_again(struct consumer_probe *probe);

/* Print that alone. */
void consumer_print_again(const struct consumer_probe *probe, const char *when);

/* Close what the probe holds. */
void consumer_forget(struct consumer_probe *probe);

/*
 * Sleep, in a thread of its own, in poll, epoll or DMA_BUF_IOCTL_SYNC until the
 * dma-buf may be read or @limit nanoseconds are over; with CONSUMER_SYNC_FILE,
 * in poll on a sync_file that the subject has instead of a dma-buf. @waiter must
 * be zero but for @woke and @arg. Returns 0 or a negative errno.
 */
int consumer_wait_start(struct consumer_waiter *waiter, const struct consumer_subject *subject,
			enum consumer_api api, __s64 limit);
void consumer_wait_end(struct consumer_waiter *waiter);
void consumer_wait_print(const struct consumer_waiter *waiter);

#endif
