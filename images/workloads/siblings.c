// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plane is exported several times, the last time while a job fills it: all
 * its dma-bufs are the same memory, and all must show the same fence.
 */
#include <errno.h>

#include "kselftest.h"

#include "copy.h"
#include "must.h"
#include "workload.h"

static void one_frame(struct copy *copy)
{
	struct m2m_queue *capture = &copy->m2m.capture;
	unsigned int index = copy->frame % copy->depth;

	must(copy_feed(copy, index), "QBUF OUTPUT");
	clock_sleep(copy->job / COPY_PARTS / 2);
	must(m2m_export_buffer(capture, index), "EXPBUF");
	copy_ask(copy, index);
	must(copy_settle(copy, index), "call");
	if (session_covered(&copy->session, capture, index, CONSUMER_ACTIVE) <
	    capture->buffer[index].plane[0].exports)
		copy->uncertain++;
	must(copy_finish(copy, index), "job");
	must(m2m_qbuf(capture, index, NULL), "QBUF CAPTURE");
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 40,
	};

	workload_begin(&options, argc, argv, NULL, 0);
	workload_open(&copy, &options);

	ksft_set_plan(3);
	must(m2m_export(&copy.m2m.capture), "EXPBUF");
	must(copy_start(&copy), "start");
	/* Two exports from the start, and one more in each of two jobs, are all there can be. */
	while (copy.frame < copy.depth * (M2M_EXPORTS_MAX - 2))
		one_frame(&copy);
	copy_close(&copy);

	workload_report(&copy);
	ksft_finished();
}
