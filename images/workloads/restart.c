// SPDX-License-Identifier: GPL-2.0-only
/*
 * VIDIOC_STREAMON fails for want of memory, at each allocation in turn. The
 * buffers were queued before and still are: nobody may have to wait for them, the
 * next VIDIOC_STREAMON works, and so does the stream.
 */
#include <errno.h>

#include "kselftest.h"

#include "copy.h"
#include "inject.h"
#include "must.h"
#include "workload.h"

struct result {
	unsigned int injected;
	unsigned int failed;
	unsigned int surprises;
};

static void ask_all(struct copy *copy)
{
	unsigned int i;

	for (i = 0; i < copy->depth; i++) {
		session_ask(&copy->session, &copy->m2m.capture, i, CONSUMER_QUEUED);
		session_flush(&copy->session, "");
	}
}

static void stop(struct copy *copy)
{
	must(m2m_streamoff(&copy->m2m.output), "STREAMOFF OUTPUT");
	must(m2m_streamoff(&copy->m2m.capture), "STREAMOFF CAPTURE");
}

static void one_frame(struct copy *copy)
{
	copy->fed = 0;
	copy->frame = 0;
	must(m2m_streamon(&copy->m2m.output), "STREAMON OUTPUT");
	must(copy_feed(copy, 0), "QBUF OUTPUT");
	copy_ask(copy, 0);
	must(copy_finish(copy, 0), "job");
}

/* Returns whether an allocation failed; if not, there are not that many. */
static bool start(struct copy *copy, struct inject *inject, unsigned int nth,
		  struct result *result)
{
	struct m2m_queue *capture = &copy->m2m.capture;
	bool injected;
	unsigned int i;
	int ret;

	for (i = 0; i < copy->depth; i++)
		must(m2m_qbuf(capture, i, NULL), "QBUF CAPTURE");
	must(inject_arm(inject, nth), "fail-nth");
	ret = m2m_streamon(capture);
	injected = inject_disarm(inject);
	result->injected += injected;
	result->failed += ret == -ENOMEM;
	result->surprises += ret && (ret != -ENOMEM || !injected);
	ask_all(copy);
	if (ret)
		must(m2m_streamon(capture), "STREAMON CAPTURE");
	one_frame(copy);
	stop(copy);
	return injected;
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "vicodec-decoder",
		.depth = 2,
		.msec = 20,
	};
	struct result result = { 0 };
	struct inject inject;
	unsigned int nth = 1;

	workload_begin(&options, argc, argv, NULL, 0);
	workload_open(&copy, &options);
	must(inject_open(&inject), "failslab");

	ksft_set_plan(5);
	while (start(&copy, &inject, nth, &result))
		nth++;
	inject_close(&inject);
	copy_close(&copy);
	ksft_print_msg("%u allocations failed, %u starts of the stream\n", result.injected,
		       result.failed);

	ksft_test_result(result.failed, "start.failed\n");
	ksft_test_result(!result.surprises, "start.errors\n");
	workload_report(&copy);
	ksft_finished();
}
