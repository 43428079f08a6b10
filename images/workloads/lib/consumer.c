// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <linux/dma-buf.h>

#include "call.h"
#include "clock.h"
#include "consumer.h"
#include "observe.h"
#include "reservation.h"

static const char * const api_names[] = {
	[CONSUMER_POLL] = "poll",
	[CONSUMER_EPOLL] = "epoll",
	[CONSUMER_EXPORT_READ] = "export-read",
	[CONSUMER_EXPORT_WRITE] = "export-write",
	[CONSUMER_SYNC] = "sync",
	[CONSUMER_SYNC_FILE] = "sync-file",
	[CONSUMER_SCANOUT] = "scanout",
};

static const char * const state_names[] = {
	[CONSUMER_UNSURE] = "unsure",
	[CONSUMER_DEQUEUED] = "dequeued",
	[CONSUMER_QUEUED] = "queued",
	[CONSUMER_ACTIVE] = "active",
	[CONSUMER_DONE] = "done",
};

void consumer_subject(struct consumer_subject *subject, const struct m2m *m2m,
		      const struct m2m_queue *queue, unsigned int buffer, unsigned int plane,
		      unsigned int export)
{
	unsigned int queued = queue->buffer[buffer].queued;

	subject->driver = m2m->driver;
	subject->device = m2m->device;
	subject->instance = m2m->instance;
	subject->queue = queue->name;
	subject->buffer = buffer;
	subject->sequence = queued ? queued - 1 : 0;
	subject->plane = plane;
	subject->export = export;
	subject->foreign = queue->buffer[buffer].plane[plane].foreign;
	subject->source = false;
	subject->dmabuf = queue->buffer[buffer].plane[plane].dmabuf[export];
}

/* 1 if @dmabuf may be read within @msec, 0 if not, or a negative errno. */
static int ask_poll(int dmabuf, int msec)
{
	struct pollfd fd = { .fd = dmabuf, .events = POLLIN };
	int ret = poll(&fd, 1, msec);

	if (ret < 0)
		return -errno;
	if (fd.revents & ~POLLIN)
		return -EIO;
	return !!ret;
}

static int ask_epoll(int dmabuf, int msec)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	int ret;

	if (epoll < 0)
		return -errno;
	ret = epoll_ctl(epoll, EPOLL_CTL_ADD, dmabuf, &event);
	if (!ret)
		ret = epoll_wait(epoll, &event, 1, msec);
	if (ret < 0)
		ret = -errno;
	close(epoll);
	return ret;
}

static int ask_export(struct consumer_probe *probe, __u32 flags)
{
	int fd = fence_export(probe->subject.dmabuf, flags);

	if (fd < 0)
		return fd;
	probe->sync_file = fd;
	return fence_read(fd, &probe->fence);
}

/* The kernel lists all dma-bufs for it, so one answer of each program is enough. */
static void look_up_usage(struct consumer_probe *probe)
{
	const struct consumer_subject *subject = &probe->subject;
	static bool looked;
	struct fence now;

	if (looked || !probe->fence.numbered || probe->fence.status || subject->foreign)
		return;
	probe->usage = reservation_usage(subject->dmabuf, &probe->fence);
	/* Once it has signaled it may be dropped from the reservation. */
	if (fence_read(probe->sync_file, &now) || now.status)
		probe->usage = NULL;
	looked = probe->usage;
}

void consumer_ask(struct consumer_probe *probe, const struct consumer_subject *subject,
		  enum consumer_api api)
{
	int ret = -EINVAL;

	memset(probe, 0, sizeof(*probe));
	probe->subject = *subject;
	probe->api = api;
	probe->sync_file = -1;
	probe->begin = clock_now();
	switch (api) {
	case CONSUMER_POLL:
		ret = ask_poll(subject->dmabuf, 0);
		break;
	case CONSUMER_EPOLL:
		ret = ask_epoll(subject->dmabuf, 0);
		break;
	case CONSUMER_EXPORT_READ:
		ret = ask_export(probe, DMA_BUF_SYNC_READ);
		break;
	case CONSUMER_EXPORT_WRITE:
		ret = ask_export(probe, DMA_BUF_SYNC_WRITE);
		break;
	case CONSUMER_SYNC:
	case CONSUMER_SYNC_FILE:
	case CONSUMER_SCANOUT:
		break;
	}
	probe->end = clock_now();
	probe->error = ret < 0 ? ret : 0;
	probe->ready = ret > 0;
	if (probe->sync_file >= 0 && !probe->error)
		look_up_usage(probe);
}

static bool is_export(enum consumer_api api)
{
	return api == CONSUMER_EXPORT_READ || api == CONSUMER_EXPORT_WRITE;
}

bool consumer_saw_fence(const struct consumer_probe *probe)
{
	return is_export(probe->api) && !probe->error && !fence_is_stub(&probe->fence);
}

void consumer_add_instance(struct observation *seen, const struct consumer_subject *subject)
{
	if (subject->instance)
		observe_number(seen, "instance", subject->instance);
}

void consumer_add_subject(struct observation *seen, const struct consumer_subject *subject)
{
	observe_word(seen, "driver", subject->driver);
	consumer_add_instance(seen, subject);
	observe_word(seen, "queue", subject->queue);
	observe_number(seen, "buffer", subject->buffer);
	observe_number(seen, "sequence", subject->sequence);
	observe_number(seen, "plane", subject->plane);
	observe_number(seen, "export", subject->export);
	if (subject->foreign)
		observe_word(seen, "foreign", subject->foreign);
}

static void add_fence(struct observation *seen, const struct consumer_probe *probe)
{
	const struct fence *fence = &probe->fence;

	observe_word(seen, "fence-driver", fence->driver);
	observe_word(seen, "timeline", fence->timeline);
	if (fence->numbered) {
		observe_word(seen, "device", probe->subject.device);
		observe_number(seen, "context", fence->context);
		observe_number(seen, "seqno", fence->seqno);
	}
	if (fence->count != 1) {
		observe_number(seen, "fences", fence->count);
		observe_word(seen, "members", fence->members);
	}
	observe_number(seen, "status", fence->status);
	observe_number(seen, "timestamp", fence->timestamp);
	if (probe->usage)
		observe_word(seen, "usage", probe->usage);
	if (probe->id)
		observe_number(seen, "id", probe->id);
}

void consumer_ask_again(struct consumer_probe *probe)
{
	probe->again_error = fence_read(probe->sync_file, &probe->again);
	probe->again_time = clock_now();
}

void consumer_print_again(const struct consumer_probe *probe, const char *when)
{
	struct observation seen;

	observe_begin(&seen, "fence");
	consumer_add_instance(&seen, &probe->subject);
	observe_number(&seen, "id", probe->id);
	observe_word(&seen, "when", when);
	if (probe->again_error) {
		observe_number(&seen, "errno", -probe->again_error);
	} else {
		observe_word(&seen, "fence-driver", probe->again.driver);
		if (probe->again.count != 1)
			observe_word(&seen, "members", probe->again.members);
		observe_number(&seen, "status", probe->again.status);
		observe_number(&seen, "timestamp", probe->again.timestamp);
	}
	if (probe->dequeued)
		observe_number(&seen, "error-flag", probe->failed);
	observe_number(&seen, "time", probe->again_time);
	observe_end(&seen);
}

void consumer_print(const struct consumer_probe *probe, const char *when)
{
	struct observation seen;

	observe_begin(&seen, probe->subject.source ? "source" : "probe");
	consumer_add_subject(&seen, &probe->subject);
	observe_word(&seen, "state", state_names[probe->state]);
	observe_word(&seen, "api", api_names[probe->api]);
	if (probe->error) {
		observe_word(&seen, "seen", "error");
		observe_number(&seen, "errno", -probe->error);
	} else if (is_export(probe->api)) {
		observe_word(&seen, "seen", consumer_saw_fence(probe) ? "fence" : "stub");
		add_fence(&seen, probe);
	} else {
		observe_word(&seen, "seen", probe->ready ? "ready" : "busy");
	}
	observe_number(&seen, "begin", probe->begin);
	observe_number(&seen, "end", probe->end);
	observe_end(&seen);
	if (probe->again_time)
		consumer_print_again(probe, when);
}

void consumer_forget(struct consumer_probe *probe)
{
	if (probe->sync_file >= 0)
		close(probe->sync_file);
	probe->sync_file = -1;
}

/* The two calls that go around the reading of memory; the first waits. */
static bool sync_access(const struct consumer_waiter *waiter, __u64 what)
{
	struct dma_buf_sync access = { .flags = what | DMA_BUF_SYNC_READ };

	return !call_device(waiter->subject.dmabuf, DMA_BUF_IOCTL_SYNC, &access);
}

static void *waiting(void *arg)
{
	struct consumer_waiter *waiter = arg;
	int msec = waiter->limit / NSEC_PER_MSEC;

	waiter->begin = clock_now();
	if (waiter->api == CONSUMER_SYNC)
		waiter->woken = sync_access(waiter, DMA_BUF_SYNC_START);
	else if (waiter->api == CONSUMER_EPOLL)
		waiter->woken = ask_epoll(waiter->subject.dmabuf, msec) > 0;
	else
		waiter->woken = ask_poll(waiter->subject.dmabuf, msec) > 0;
	waiter->end = clock_now();
	if (waiter->woken && waiter->woke)
		waiter->woke(waiter->arg);
	if (waiter->woken && waiter->api == CONSUMER_SYNC)
		sync_access(waiter, DMA_BUF_SYNC_END);
	return NULL;
}

static void interrupted(int signal)
{
	(void)signal;
}

int consumer_wait_start(struct consumer_waiter *waiter, const struct consumer_subject *subject,
			enum consumer_api api, __s64 limit)
{
	/* Without SA_RESTART: the signal is there to end a system call. */
	const struct sigaction action = { .sa_handler = interrupted };

	if (sigaction(SIGUSR1, &action, NULL))
		return -errno;
	waiter->subject = *subject;
	waiter->api = api;
	waiter->limit = limit;
	waiter->deadline = clock_now() + limit;
	return -pthread_create(&waiter->thread, NULL, waiting, waiter);
}

/* DMA_BUF_IOCTL_SYNC knows no limit of its own. */
void consumer_wait_end(struct consumer_waiter *waiter)
{
	__s64 until = waiter->deadline;
	struct timespec limit;

	while (waiter->api == CONSUMER_SYNC) {
		limit.tv_sec = until / NSEC_PER_SEC;
		limit.tv_nsec = until % NSEC_PER_SEC;
		if (!pthread_clockjoin_np(waiter->thread, NULL, CLOCK_MONOTONIC, &limit))
			return;
		pthread_kill(waiter->thread, SIGUSR1);
		until = clock_now() + 10 * NSEC_PER_MSEC;
	}
	pthread_join(waiter->thread, NULL);
}

void consumer_wait_print(const struct consumer_waiter *waiter)
{
	struct observation seen;

	observe_begin(&seen, "wait");
	consumer_add_subject(&seen, &waiter->subject);
	observe_word(&seen, "state", state_names[waiter->state]);
	observe_word(&seen, "api", api_names[waiter->api]);
	observe_word(&seen, "seen", waiter->woken ? "ready" : "timeout");
	observe_number(&seen, "begin", waiter->begin);
	observe_number(&seen, "end", waiter->end);
	if (waiter->running)
		observe_number(&seen, "running", waiter->running);
	observe_end(&seen);
}
