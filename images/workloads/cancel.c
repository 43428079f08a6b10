// SPDX-License-Identifier: GPL-2.0-only
/*
 * VIDIOC_STREAMOFF while a job runs and another buffer waits, with consumers
 * asleep. Whatever the driver makes of the job, its fence must tell the truth,
 * and the queue must work afterwards.
 */
#include "kselftest.h"

#include "copy.h"
#include "must.h"
#include "workload.h"

#define SLEEPERS	3

struct result {
	unsigned int rounds;
	unsigned int asleep;
};

static void sleep_on(struct copy *copy, struct consumer_waiter *waiter)
{
	static const enum consumer_api apis[SLEEPERS] = {
		CONSUMER_POLL, CONSUMER_EPOLL, CONSUMER_SYNC,
	};
	unsigned int i;

	for (i = 0; i < SLEEPERS; i++)
		must(copy_wait_start(copy, 0, apis[i], &waiter[i]), "waiter");
}

static void wake_up(struct copy *copy, struct consumer_waiter *waiter, struct result *result)
{
	unsigned int i;

	for (i = 0; i < SLEEPERS; i++) {
		consumer_wait_end(&waiter[i]);
		result->asleep += !waiter[i].woken;
		copy_label_wait(copy, &waiter[i]);
		consumer_wait_print(&waiter[i]);
	}
}

/* The job of buffer 0 runs when @queue stops; buffer 1 has work but no turn yet. */
static void cancel(struct copy *copy, struct m2m_queue *queue, struct result *result)
{
	struct consumer_waiter waiter[SLEEPERS] = { 0 };
	unsigned int fed = copy->fed;
	struct picture picture;
	__s64 started;

	must(copy_start(copy), "start");
	must(copy_feed(copy, 0), "QBUF OUTPUT");
	started = copy->started;
	must(copy_feed(copy, 1), "QBUF OUTPUT");
	copy->started = started;
	sleep_on(copy, waiter);
	copy_ask(copy, 0);
	must(m2m_streamoff(queue), "STREAMOFF");
	session_ask_again(&copy->session, 0, NULL);
	copy_look(copy, &copy->m2m.capture.buffer[0], fed, &picture);
	copy_print_pixels(copy, 0, "streamoff", &picture);
	must(copy_settle(copy, 0), "call");
	session_flush(&copy->session, "after-streamoff");
	wake_up(copy, waiter, result);

	must(m2m_streamoff(&copy->m2m.output), "STREAMOFF OUTPUT");
	must(m2m_streamoff(&copy->m2m.capture), "STREAMOFF CAPTURE");
	result->rounds++;
}

static void work_again(struct copy *copy)
{
	/* STREAMON starts the driver's own count of frames anew. */
	copy->frame = 0;
	copy->fed = 0;
	must(copy_start(copy), "start");
	must(copy_feed(copy, 0), "QBUF OUTPUT");
	copy_ask(copy, 0);
	must(copy_finish(copy, 0), "job");
	must(m2m_streamoff(&copy->m2m.output), "STREAMOFF OUTPUT");
	must(m2m_streamoff(&copy->m2m.capture), "STREAMOFF CAPTURE");
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 100,
	};
	struct result result = { 0 };

	workload_begin(&options, argc, argv, NULL, 0);
	workload_open(&copy, &options);

	ksft_set_plan(5);
	cancel(&copy, &copy.m2m.capture, &result);
	work_again(&copy);
	cancel(&copy, &copy.m2m.output, &result);
	work_again(&copy);
	copy_close(&copy);

	ksft_test_result(result.rounds == 2, "capture.cancelled\n");
	workload_report(&copy);
	ksft_test_result(!result.asleep, "capture.waiter\n");
	ksft_finished();
}
