// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device loses its driver under a file that is open, streams, and has a job
 * running or not; somebody holds the fence of the job and the dma-buf that it
 * fills, and somebody listens to events of the file. The fence must signal, the
 * file must refuse and can be closed, before or after the driver is back, and
 * the driver must work again.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>
#include <linux/dma-buf.h>

#include "kselftest.h"

#include "copy.h"
#include "driver.h"
#include "must.h"
#include "workload.h"

/* Longer than any watchdog. */
#define PATIENCE_MSEC	5000

/* Long enough for memory that is freed late, by RCU, to be gone. */
#define LATER		(200 * NSEC_PER_MSEC)

/* Long enough for a thread that is there to be asleep. */
#define SOON	NSEC_PER_MSEC

enum late { LATE_NEVER, LATE_ALWAYS, LATE_BY_CHANCE };

struct unplug {
	struct copy copy;
	const struct copy_options *options;
	__u64 busy;
	__u64 late;
	__u64 listen_late;
	pthread_t listener;
	struct random random;
	/* Sleeps until the dma-buf may be read. */
	struct consumer_waiter waiter;
	/* Held by somebody who knows nothing of the file; -1: none. */
	int sync_file;
	int dmabuf;
	unsigned int answered;
	unsigned int pending;
	unsigned int useless;
	unsigned int not_back;
	unsigned int wrong;
	unsigned int uncertain;
};

static void start(struct unplug *unplug, unsigned int instance)
{
	struct copy *copy = &unplug->copy;

	workload_reopen(copy, unplug->options, instance);
	must(copy_start(copy), "start");
}

static void one_frame(struct unplug *unplug)
{
	struct copy *copy = &unplug->copy;
	unsigned int index = copy->frame % copy->depth;

	must(copy_feed(copy, index), "QBUF OUTPUT");
	copy_ask_once(copy, index);
	must(copy_finish(copy, index), "job");
	must(m2m_qbuf(&copy->m2m.capture, index, NULL), "QBUF CAPTURE");
}

static void count(struct unplug *unplug)
{
	const struct copy *copy = &unplug->copy;

	unplug->wrong += copy_wrong(copy);
	unplug->uncertain += copy->uncertain + copy->session.errors;
}

/* The fence is that of a job which runs, or which is over; there may be none. */
static void hold(struct unplug *unplug, unsigned int index)
{
	struct copy *copy = &unplug->copy;

	unplug->sync_file = session_hold(&copy->session, false);
	unplug->dmabuf = dup(copy->m2m.capture.buffer[index].plane[0].dmabuf[0]);
	must(unplug->dmabuf < 0 ? -errno : 0, "dup");
}

static bool refuses(struct m2m *m2m)
{
	struct m2m_done done;

	return m2m_dqbuf(&m2m->capture, &done) == -ENODEV &&
	       m2m_qbuf(&m2m->capture, 0, NULL) == -ENODEV &&
	       m2m_streamoff(&m2m->output) == -ENODEV;
}

/* A job whose driver has gone may fail; one that has not failed has left its picture. */
static void look(struct unplug *unplug, unsigned int index)
{
	struct copy *copy = &unplug->copy;
	struct picture picture;
	struct fence fence;

	if (unplug->sync_file < 0)
		return;
	if (fence_wait(unplug->sync_file, PATIENCE_MSEC) != 1 ||
	    fence_read(unplug->sync_file, &fence)) {
		unplug->pending++;
		return;
	}
	ksft_print_msg("the fence signaled with status %d\n", fence.status);
	if (fence.status < 0)
		return;
	copy_look(copy, &copy->m2m.capture.buffer[index], copy->frame, &picture);
	copy_print_pixels(copy, index, "signal", &picture);
	unplug->wrong += !!picture.wrong_bytes;
}

static void start_job(struct unplug *unplug, unsigned int index)
{
	struct copy *copy = &unplug->copy;

	must(copy_feed(copy, index), "QBUF OUTPUT");
	copy_ask_once(copy, index);
	memset(&unplug->waiter, 0, sizeof(unplug->waiter));
	must(copy_wait_start(copy, index, CONSUMER_POLL, &unplug->waiter), "poll");
	copy_look_again(copy);
}

/* Told before the file is touched again, which not every driver survives. */
static void end_job(struct unplug *unplug, unsigned int index)
{
	copy_label_wait(&unplug->copy, &unplug->waiter);
	consumer_wait_end(&unplug->waiter);
	consumer_wait_print(&unplug->waiter);
	look(unplug, index);
}

/* What is held can be asked, whoever has gone. */
static void use(struct unplug *unplug)
{
	struct fence fence;

	if (unplug->sync_file >= 0)
		unplug->useless += fence_read(unplug->sync_file, &fence) || !fence.status;
	unplug->useless += fence_wait_dmabuf(unplug->dmabuf, DMA_BUF_SYNC_READ,
					     PATIENCE_MSEC) != 1;
}

/* An event that never comes; the host looks at what is told instead. */
static void *listen(void *arg)
{
	struct pollfd pollfd = { .fd = *(int *)arg, .events = POLLPRI };

	poll(&pollfd, 1, PATIENCE_MSEC);
	return NULL;
}

/* Who comes while a call holds the lock of the queue waits for that first. */
static void start_listener(struct unplug *unplug)
{
	must(-pthread_create(&unplug->listener, NULL, listen, &unplug->copy.m2m.fd), "thread");
	clock_sleep(SOON);
}

static void bind(struct unplug *unplug)
{
	must(driver_bind(&unplug->copy.m2m), "bind");
	unplug->not_back += !m2m_has_node(unplug->copy.m2m.device);
}

static void one_round(struct unplug *unplug, unsigned int round)
{
	struct copy *copy = &unplug->copy;
	unsigned int index;
	bool late;

	start(unplug, round);
	one_frame(unplug);
	index = copy->frame % copy->depth;
	if (!unplug->listen_late)
		start_listener(unplug);
	if (unplug->busy)
		start_job(unplug, index);
	if (unplug->listen_late)
		start_listener(unplug);
	hold(unplug, index);
	must(driver_unbind(&copy->m2m), "unbind");
	if (unplug->busy)
		end_job(unplug, index);
	session_flush(&copy->session, "");
	count(unplug);
	unplug->answered += !refuses(&copy->m2m);
	pthread_join(unplug->listener, NULL);

	late = unplug->late == LATE_BY_CHANCE ? random_below(&unplug->random, 2) : unplug->late;
	ksft_print_msg("closed %s the driver is back\n", late ? "after" : "before");
	if (late)
		bind(unplug);
	copy_close(copy);
	clock_sleep(LATER);
	use(unplug);
	if (!late)
		bind(unplug);
	use(unplug);
	close(unplug->dmabuf);
	if (unplug->sync_file >= 0)
		close(unplug->sync_file);
}

int main(int argc, char **argv)
{
	static struct unplug unplug;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 40,
	};
	__u64 rounds = 3;
	const struct arg args[] = {
		{ .name = "rounds", .number = &rounds },
		{ .name = "busy", .number = &unplug.busy },
		{ .name = "late", .number = &unplug.late },
		{ .name = "listen-late", .number = &unplug.listen_late },
	};
	unsigned int i;

	unplug.busy = 1;
	unplug.late = LATE_BY_CHANCE;
	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	unplug.options = &options;
	unplug.random.state = options.seed;
	workload_open(&unplug.copy, &options);
	copy_close(&unplug.copy);

	ksft_set_plan(6);
	for (i = 0; i < rounds; i++)
		one_round(&unplug, i);
	start(&unplug, rounds);
	one_frame(&unplug);
	count(&unplug);
	copy_close(&unplug.copy);

	ksft_test_result(!unplug.answered, "file.refuses\n");
	ksft_test_result(!unplug.pending, "fence.signals\n");
	ksft_test_result(!unplug.useless, "fence.outlives\n");
	ksft_test_result(!unplug.not_back, "driver.back\n");
	ksft_test_result(!unplug.wrong, "capture.streams\n");
	ksft_test_result(!unplug.uncertain, "capture.active-probes\n");
	ksft_finished();
}
