// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads asleep in VIDIOC_DQBUF of one file that was opened to block, while
 * others ask for other buffers, stop the stream, or let a job be done. Whoever
 * waits is woken, and told what became of the stream.
 */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "kselftest.h"

#include "call.h"
#include "copy.h"
#include "must.h"
#include "workload.h"

#define WAITERS		2

static struct copy copy;

/* The node once more, to block, in place of the descriptor that does not. */
static void block(void)
{
	char link[32], path[PATH_MAX];
	ssize_t size;
	int fd;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", copy.m2m.fd);
	size = readlink(link, path, sizeof(path) - 1);
	if (size < 0)
		return;
	path[size] = 0;
	fd = open(path, O_RDWR | O_CLOEXEC);
	must(fd, "blocking open");
	close(copy.m2m.fd);
	copy.m2m.fd = fd;
	copy.m2m.output.fd = fd;
	copy.m2m.capture.fd = fd;
}

static void *wait_for_buffer(void *arg)
{
	struct m2m_done done;

	m2m_dqbuf(arg, &done);
	return NULL;
}

static void start_waiting(struct m2m_queue *queue, pthread_t *thread)
{
	unsigned int i;

	for (i = 0; i < WAITERS; i++)
		must(-pthread_create(&thread[i], NULL, wait_for_buffer, queue), "thread");
	/* They sleep by then. */
	clock_sleep(copy.job);
}

static void end_waiting(const pthread_t *thread)
{
	unsigned int i;

	for (i = 0; i < WAITERS; i++)
		pthread_join(thread[i], NULL);
}

static void ask_for(const struct m2m_queue *queue, unsigned int count)
{
	struct v4l2_requestbuffers raw = {
		.type = queue->type,
		.memory = queue->memory,
		.count = count,
	};

	call_device(queue->fd, VIDIOC_REQBUFS, &raw);
}

static void stop(void)
{
	must(m2m_streamoff(&copy.m2m.output), "STREAMOFF OUTPUT");
	must(m2m_streamoff(&copy.m2m.capture), "STREAMOFF CAPTURE");
}

/* Nothing comes; the stream ends. */
static void wait_in_vain(struct m2m_queue *queue)
{
	pthread_t thread[WAITERS];

	must(copy_start(&copy), "start");
	start_waiting(queue, thread);
	ask_for(queue, 1);
	ask_for(queue, 0);
	stop();
	ask_for(queue, copy.depth);
	end_waiting(thread);
	must(copy_reallocate(&copy, "expbuf"), "buffers");
}

/* Only one buffer comes, and whoever has not got it is sent away by the end of the stream. */
static void wait_for_one(void)
{
	pthread_t thread[WAITERS];

	copy.frame = 0;
	copy.fed = 0;
	must(copy_start(&copy), "start");
	start_waiting(&copy.m2m.capture, thread);
	must(copy_feed(&copy, 0), "QBUF OUTPUT");
	must(copy_settle(&copy, 0), "call");
	clock_sleep(copy.job * 2);
	stop();
	end_waiting(thread);
}

static void work(void)
{
	copy.frame = 0;
	copy.fed = 0;
	must(copy_start(&copy), "start");
	must(copy_feed(&copy, 0), "QBUF OUTPUT");
	must(copy_finish(&copy, 0), "job");
	stop();
}

int main(int argc, char **argv)
{
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 20,
		.opened = block,
	};

	workload_begin(&options, argc, argv, NULL, 0);
	workload_open(&copy, &options);

	ksft_set_plan(1);
	wait_in_vain(&copy.m2m.capture);
	wait_in_vain(&copy.m2m.output);
	wait_for_one();
	work();
	copy_close(&copy);

	ksft_test_result_pass("waiters.waited\n");
	ksft_finished();
}
