// SPDX-License-Identifier: GPL-2.0-only
/*
 * vim2m stops in the middle of a transaction of several buffers, and streams
 * again: every later transaction must be a whole one.
 */
#include "kselftest.h"

#include "copy.h"
#include "must.h"
#include "workload.h"

/* vim2m's "Buffers Per Transaction"; it has no name in a header. */
#define CID_TRANS_NUM_BUFS	(V4L2_CID_USER_BASE + 0x1001)

#define BUFFERS		2

static void feed(struct copy *copy)
{
	unsigned int i;

	copy->frame = 0;
	copy->fed = 0;
	must(copy_start(copy), "start");
	for (i = 0; i < BUFFERS; i++)
		must(copy_feed(copy, i), "QBUF OUTPUT");
}

static void stop(struct m2m_queue *queue, struct m2m_queue *other)
{
	must(m2m_streamoff(queue), "STREAMOFF");
	must(m2m_streamoff(other), "STREAMOFF");
}

/* The transaction runs when the first of the two queues stops. */
static void abort_and_work(struct copy *copy, struct m2m_queue *queue, struct m2m_queue *other)
{
	unsigned int i;

	feed(copy);
	clock_sleep(copy->job / 2);
	stop(queue, other);
	feed(copy);
	for (i = 0; i < BUFFERS; i++)
		must(copy_finish(copy, i), "job");
	stop(queue, other);
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = BUFFERS,
		.msec = 40,
	};

	workload_begin(&options, argc, argv, NULL, 0);
	workload_open(&copy, &options);

	ksft_set_plan(1);
	must(m2m_set_control(&copy.m2m, CID_TRANS_NUM_BUFS, BUFFERS), "buffers per transaction");
	abort_and_work(&copy, &copy.m2m.output, &copy.m2m.capture);
	abort_and_work(&copy, &copy.m2m.capture, &copy.m2m.output);
	copy_close(&copy);

	ksft_test_result_pass("transactions.aborted\n");
	ksft_finished();
}
