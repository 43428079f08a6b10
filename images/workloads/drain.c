// SPDX-License-Identifier: GPL-2.0-only
/*
 * V4L2_ENC_CMD_STOP: what was fed before is encoded, and the last buffer says
 * that it is the last. If there is nothing left to encode, an empty buffer says
 * so, which no job fills: it has no fence. V4L2_ENC_CMD_START goes on.
 */
#include <errno.h>

#include "kselftest.h"

#include "copy.h"
#include "must.h"
#include "workload.h"

struct result {
	unsigned int drained;
	unsigned int wrong_last;
	unsigned int not_stopped;
	unsigned int not_empty;
};

static bool is_last(const struct copy *copy)
{
	return copy->flags & V4L2_BUF_FLAG_LAST;
}

/* VIDIOC_DQBUF must say that nothing comes any more. */
static void expect_stopped(struct copy *copy, struct result *result)
{
	struct m2m_done done;

	result->not_stopped += m2m_dqbuf(&copy->m2m.capture, &done) != -EPIPE;
}

/* Pictures are still in the queue when the command comes. */
static void drain(struct copy *copy, struct result *result)
{
	unsigned int i;
	__s64 started = 0;

	for (i = 0; i < copy->depth; i++) {
		must(copy_feed(copy, i), "QBUF OUTPUT");
		started = started ? started : copy->started;
	}
	copy->started = started;
	must(m2m_encoder_command(&copy->m2m, V4L2_ENC_CMD_STOP), "stop");
	copy_ask_once(copy, 0);
	for (i = 0; i < copy->depth; i++) {
		must(copy_finish(copy, i), "job");
		result->wrong_last += is_last(copy) != (i == copy->depth - 1);
	}
	result->drained++;
	expect_stopped(copy, result);
}

static void resume(struct copy *copy)
{
	unsigned int i;

	must(m2m_encoder_command(&copy->m2m, V4L2_ENC_CMD_START), "start");
	for (i = 0; i < copy->depth; i++)
		must(m2m_qbuf(&copy->m2m.capture, i, NULL), "QBUF CAPTURE");
}

/* The first CAPTURE buffer comes back, empty and the last. */
static void drain_nothing(struct copy *copy, struct result *result)
{
	struct session *session = &copy->session;
	struct m2m_done done;

	session_ask(session, &copy->m2m.capture, 0, CONSUMER_QUEUED);
	must(m2m_encoder_command(&copy->m2m, V4L2_ENC_CMD_STOP), "stop");
	if (!m2m_wait(&copy->m2m, COPY_PATIENCE))
		must(-ETIME, "empty buffer");
	must(m2m_dqbuf(&copy->m2m.capture, &done), "DQBUF CAPTURE");
	session_ask(session, &copy->m2m.capture, done.index, CONSUMER_DONE);
	session_print_dqbuf(session, &copy->m2m.capture, &done);
	session_flush(session, "after-dqbuf");
	result->not_empty += done.index || done.bytesused[0] || !(done.flags & V4L2_BUF_FLAG_LAST);
	expect_stopped(copy, result);
}

/* As after any start; buffer 0 is the only one that is not queued. */
static void work_again(struct copy *copy)
{
	must(m2m_encoder_command(&copy->m2m, V4L2_ENC_CMD_START), "start");
	must(m2m_qbuf(&copy->m2m.capture, 0, NULL), "QBUF CAPTURE");
	must(copy_feed(copy, 1), "QBUF OUTPUT");
	copy_ask_once(copy, 1);
	must(copy_finish(copy, 1), "job");
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "hantro-vpu",
		.depth = 3,
		.msec = 40,
	};
	struct result result = { 0 };

	workload_begin(&options, argc, argv, NULL, 0);
	workload_open(&copy, &options);

	ksft_set_plan(6);
	must(copy_start(&copy), "start");
	drain(&copy, &result);
	resume(&copy);
	drain(&copy, &result);
	resume(&copy);
	drain_nothing(&copy, &result);
	work_again(&copy);
	copy_close(&copy);

	ksft_test_result(!copy_wrong(&copy), "capture.streams\n");
	ksft_test_result(result.drained == 2 && !result.wrong_last, "capture.last\n");
	ksft_test_result(!result.not_empty, "capture.empty\n");
	ksft_test_result(!result.not_stopped, "capture.stopped\n");
	ksft_test_result(copy_was_asked(&copy), "capture.active-probes\n");
	ksft_test_result(!copy.session.errors, "capture.probes\n");
	ksft_finished();
}
