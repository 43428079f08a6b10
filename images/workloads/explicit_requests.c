// SPDX-License-Identifier: GPL-2.0-only
/*
 * OUTPUT buffers are in media requests, and have no fences: whoever wants that of a
 * job has it with the CAPTURE buffer, when the request was queued.
 */
#include "kselftest.h"

#include "args.h"
#include "fenced.h"
#include "foreign.h"

/* A buffer in a request has no fence. */
static void refused(struct copy *copy)
{
	explicit_feed(copy, 0, FLAG_OUT_FENCE, 0);
	/* Nothing was put into the request, so nobody can wait for it. */
	copy->requested[0] = false;
}

/* A request that was not queued commits nothing. */
static void uncommitted(struct copy *copy)
{
	struct m2m_queue *capture = &copy->m2m.capture;

	copy->payload[0] = copy->device->fill(copy, 0);
	must(copy->device->prepare(copy, 0), "request");
	if (!explicit_qbuf(capture, 0, FLAG_OUT_FENCE, 0)) {
		fenced_ask_again(explicit_answer(capture, 0));
		ksft_exit_fail_msg("%s: a fence without a job\n", capture->name);
	}
	must(copy->device->start(copy, 0), "MEDIA_REQUEST_IOC_QUEUE");
	copy->fed++;
	must(explicit_qbuf(capture, 0, FLAG_OUT_FENCE, 0), "QBUF CAPTURE");
}

static void finish(struct copy *copy, unsigned int index)
{
	int out = fenced_out(&copy->m2m.capture, index);

	fenced_consume(copy, index, out);
	must(copy_finish(copy, index), "job");
	fenced_ask_again(out);
}

/* The memory of the picture is in use for a while, and the job waits. */
static void awaiting(struct copy *copy, unsigned int index)
{
	struct foreign foreign;
	int in;

	must(foreign_open(&foreign), "sw_sync");
	in = foreign_fence(&foreign);
	must(copy_feed(copy, index), "request");
	must(explicit_qbuf(&copy->m2m.capture, index, FLAG_IN_FENCE | FLAG_OUT_FENCE, in),
	     "QBUF CAPTURE");
	close(in);
	fenced_tempt(copy, explicit_answer(&copy->m2m.capture, index));
	must(foreign_signal(&foreign), "sw_sync");
	finish(copy, index);
	foreign_close(&foreign);
}

int main(int argc, char **argv)
{
	struct copy_options options = {
		.driver = "visl",
		.depth = 3,
		.msec = 20,
	};
	static struct copy copy;
	unsigned int index;

	fenced_begin(&copy, &options, argc, argv);
	refused(&copy);
	uncommitted(&copy);
	finish(&copy, 0);
	for (index = 1; index < options.depth; index++) {
		must(copy_feed(&copy, index), "request");
		must(explicit_qbuf(&copy.m2m.capture, index, FLAG_OUT_FENCE, 0), "QBUF CAPTURE");
		finish(&copy, index);
	}
	for (index = 0; index < options.depth; index++)
		awaiting(&copy, index);
	fenced_end(&copy, 0);
}
