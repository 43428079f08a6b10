// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pictures that take several jobs: with V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF a
 * CAPTURE buffer stays with the driver when a job is done, until userspace
 * provides another slice, or flushes, or begins another picture, or never does.
 * While it is held, nothing is promised, and nobody may have to wait for it.
 */
#include <errno.h>

#include "kselftest.h"

#include "args.h"
#include "call.h"
#include "copy.h"
#include "must.h"
#include "workload.h"

/* As many as there are OUTPUT buffers; the last one has the number of the CAPTURE buffer. */
#define SLICES		3

/* Whoever still waits for a held buffer after so long waits for nothing. */
#define NO_ANSWER	(500 * NSEC_PER_MSEC)

struct result {
	unsigned int pictures;
	unsigned int blocked;
	unsigned int not_held;
};

static void feed(struct copy *copy, unsigned int index, unsigned int picture, bool hold)
{
	struct m2m_buffer *output = &copy->m2m.output.buffer[index];

	output->flags = hold ? V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF : 0;
	output->usec = picture + 1;
	must(copy_feed(copy, index), "QBUF OUTPUT");
}

static void ask_held(struct copy *copy, unsigned int index, struct result *result)
{
	struct consumer_waiter waiter = { .state = CONSUMER_QUEUED };
	struct consumer_subject subject;

	result->not_held += m2m_wait(&copy->m2m, 0);
	session_ask(&copy->session, &copy->m2m.capture, index, CONSUMER_QUEUED);
	session_flush(&copy->session, "");
	consumer_subject(&subject, &copy->m2m, &copy->m2m.capture, index, 0, 0);
	must(consumer_wait_start(&waiter, &subject, CONSUMER_POLL, NO_ANSWER), "waiter");
	consumer_wait_end(&waiter);
	consumer_wait_print(&waiter);
	result->blocked += !waiter.woken;
}

/* A slice that is not the last: its OUTPUT buffer comes back, the CAPTURE buffer does not. */
static void hold(struct copy *copy, unsigned int index, unsigned int number, unsigned int picture,
		 struct result *result)
{
	unsigned int slice = (index + number) % SLICES;
	struct m2m_done done;

	feed(copy, slice, picture, true);
	must(copy_settle(copy, slice), "slice");
	must(m2m_dqbuf_fed(&copy->m2m, &done), "DQBUF OUTPUT");
	ask_held(copy, index, result);
}

static void finish(struct copy *copy, unsigned int index, struct result *result)
{
	/* visl counts jobs, not pictures. */
	copy->frame = copy->fed - 1;
	must(copy_finish(copy, index), "job");
	result->pictures++;
}

static void whole(struct copy *copy, unsigned int picture, struct result *result)
{
	unsigned int index = picture % SLICES;
	unsigned int number;

	for (number = 1; number < SLICES; number++)
		hold(copy, index, number, picture, result);
	feed(copy, index, picture, false);
	copy_ask(copy, index);
	finish(copy, index, result);
}

/* A held buffer comes back although no job has finished it. */
static void take_back(struct copy *copy, unsigned int index, struct result *result)
{
	struct m2m_done done;

	must(m2m_wait(&copy->m2m, COPY_PATIENCE) ? 0 : -ETIME, "held buffer");
	must(m2m_dqbuf(&copy->m2m.capture, &done), "DQBUF CAPTURE");
	session_ask(&copy->session, &copy->m2m.capture, done.index, CONSUMER_DONE);
	session_print_dqbuf(&copy->session, &copy->m2m.capture, &done);
	session_flush(&copy->session, "");
	copy->wrong_order += done.index != index;
	copy->errors += !!(done.flags & V4L2_BUF_FLAG_ERROR);
	result->pictures++;
}

/* The mem2mem core looks for a held buffer at the end of the queue, where crowds hide it. */
static void flushed(struct copy *copy, unsigned int picture, bool crowded, struct result *result)
{
	struct v4l2_decoder_cmd flush = { .cmd = V4L2_DEC_CMD_FLUSH };
	unsigned int index = picture % SLICES, i;

	for (i = 0; i < index && crowded; i++)
		must(m2m_qbuf(&copy->m2m.capture, i, NULL), "QBUF CAPTURE");
	hold(copy, index, 1, picture, result);
	must(call_device(copy->m2m.fd, VIDIOC_DECODER_CMD, &flush), "FLUSH");
	take_back(copy, index, result);
}

/* The next picture begins before this one was complete. */
static void abandoned(struct copy *copy, unsigned int picture, struct result *result)
{
	unsigned int index = picture % SLICES, next = (picture + 1) % SLICES;

	hold(copy, index, 2, picture, result);
	feed(copy, next, picture + 1, false);
	copy_ask(copy, next);
	must(copy_settle(copy, next), "slice");
	take_back(copy, index, result);
	finish(copy, next, result);
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "visl",
		.depth = SLICES,
		.msec = 40,
	};
	__u64 crowded = 0;
	const struct arg args[] = {
		{ .name = "crowded", .number = &crowded },
	};
	struct result result = { 0 };
	unsigned int i;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(&copy, &options);

	ksft_set_plan(5);
	must(copy_start(&copy), "start");
	whole(&copy, 0, &result);
	whole(&copy, 1, &result);
	flushed(&copy, 2, crowded, &result);
	for (i = crowded ? 2 : 0; i < copy.depth; i++)
		must(m2m_qbuf(&copy.m2m.capture, i, NULL), "QBUF CAPTURE");
	abandoned(&copy, 3, &result);
	/* Nobody ever finishes this one. */
	hold(&copy, 2, 1, 5, &result);
	copy_close(&copy);
	if (result.blocked)
		ksft_print_msg("%u consumers waited for a held buffer\n", result.blocked);

	ksft_test_result(result.pictures == 5 && !copy.errors && !copy.wrong_order,
			 "capture.streams\n");
	ksft_test_result(!result.not_held, "capture.held\n");
	ksft_test_result(!copy.wrong_pictures, "capture.pixels\n");
	ksft_test_result(copy_was_asked(&copy), "capture.active-probes\n");
	ksft_test_result(!copy.session.errors, "capture.probes\n");
	ksft_finished();
}
