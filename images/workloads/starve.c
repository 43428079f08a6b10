// SPDX-License-Identifier: GPL-2.0-only
/*
 * CAPTURE buffers are queued, both queues stream, and nobody feeds the device:
 * there is no work that a fence could stand for. Then there is some, and in the
 * end the file is closed while a consumer sleeps.
 */
#include <errno.h>
#include <unistd.h>

#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "must.h"
#include "workload.h"

/* How often a starved buffer is asked about in a second. */
#define LOOKS		4

/* Whoever still waits for a starved buffer after so long waits for nothing. */
#define NO_ANSWER	(500 * NSEC_PER_MSEC)

static unsigned int blocked;

static void sleep_on(struct copy *copy, unsigned int index, enum consumer_api api)
{
	struct consumer_waiter waiter = { .state = CONSUMER_QUEUED };
	struct consumer_subject subject;

	consumer_subject(&subject, &copy->m2m, &copy->m2m.capture, index, 0, 0);
	must(consumer_wait_start(&waiter, &subject, api, NO_ANSWER), "waiter");
	consumer_wait_end(&waiter);
	consumer_wait_print(&waiter);
	blocked += !waiter.woken;
}

static void starve(struct copy *copy, __u64 seconds)
{
	__s64 begin = clock_now();
	unsigned int look, i;

	for (look = 0; look < seconds * LOOKS; look++) {
		for (i = 0; i < copy->depth; i++) {
			session_ask(&copy->session, &copy->m2m.capture, i, CONSUMER_QUEUED);
			session_flush(&copy->session, "");
		}
		clock_sleep_until(begin + (look + 1) * NSEC_PER_SEC / LOOKS);
	}
	sleep_on(copy, 0, CONSUMER_SYNC);
	sleep_on(copy, 0, CONSUMER_POLL);
	sleep_on(copy, 0, CONSUMER_EPOLL);
}

/* A consumer has a descriptor of its own, and sleeps when the producer goes. */
static void close_asleep(struct copy *copy, struct consumer_waiter *waiter)
{
	struct m2m_queue *capture = &copy->m2m.capture;
	unsigned int index = copy->frame % copy->depth;
	struct consumer_subject subject;
	int dmabuf;

	dmabuf = dup(capture->buffer[index].plane[0].dmabuf[0]);
	must(dmabuf < 0 ? -errno : 0, "dup");
	must(copy_feed(copy, index), "QBUF OUTPUT");
	consumer_subject(&subject, &copy->m2m, capture, index, 0, 0);
	subject.dmabuf = dmabuf;
	must(consumer_wait_start(waiter, &subject, CONSUMER_POLL, copy->job + COPY_PATIENCE),
	     "waiter");
	copy_ask(copy, index);
	m2m_close_node(&copy->m2m);
	session_ask_again(&copy->session, index, NULL);
	must(copy_settle(copy, index), "call");
	consumer_wait_end(waiter);
	copy_label_wait(copy, waiter);
	session_flush(&copy->session, "after-close");
	consumer_wait_print(waiter);
	m2m_close(&copy->m2m);
	close(dmabuf);
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 100,
	};
	struct consumer_waiter waiter = { 0 };
	__u64 seconds = 1;
	const struct arg args[] = {
		{ .name = "seconds", .number = &seconds },
	};

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(&copy, &options);

	ksft_set_plan(4);
	must(copy_start(&copy), "start");
	starve(&copy, seconds);
	workload_frame(&copy);
	starve(&copy, 1);
	workload_frame(&copy);
	close_asleep(&copy, &waiter);
	if (blocked)
		ksft_print_msg("%u consumers waited for a starved buffer\n", blocked);

	workload_report(&copy);
	ksft_test_result(waiter.woken, "capture.waiter\n");
	ksft_finished();
}
