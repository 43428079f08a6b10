// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver gives its few buffers one job after the other, and a consumer asks
 * them for their fences all the time, and keeps none: each fence that a new one
 * replaces goes while somebody may look at it.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <linux/dma-buf.h>

#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "fence.h"
#include "must.h"
#include "workload.h"

/* Frames of which each buffer is asked about in time, before it is asked about at any. */
#define LOOKED_AT	2

struct hover {
	struct copy copy;
	pthread_t consumer;
	atomic_bool over;
	unsigned int asked;
	unsigned int refused;
};

static void *ask(void *arg)
{
	struct hover *hover = arg;
	struct m2m_queue *capture = &hover->copy.m2m.capture;
	unsigned int i;
	int sync_file;

	while (!hover->over) {
		for (i = 0; i < hover->copy.depth; i++) {
			sync_file = fence_export(capture->buffer[i].plane[0].dmabuf[0],
						 DMA_BUF_SYNC_READ);
			hover->asked++;
			if (sync_file < 0)
				hover->refused++;
			else
				close(sync_file);
		}
		/* Before 8.1 QEMU can let the other CPU wait for as long as nobody does this. */
		asm volatile("yield");
	}
	return NULL;
}

/* Nobody asks for the pictures: what they show is the business of other workloads. */
static void one_job(struct copy *copy, unsigned int index)
{
	struct m2m_done done;

	must(copy_feed(copy, index), "QBUF OUTPUT");
	must(m2m_wait(&copy->m2m, copy->job + COPY_PATIENCE) == 1 ? 0 : -ETIMEDOUT, "job");
	must(m2m_dqbuf(&copy->m2m.capture, &done), "DQBUF CAPTURE");
	must(m2m_dqbuf_fed(&copy->m2m, &done), "DQBUF OUTPUT");
	must(m2m_qbuf(&copy->m2m.capture, index, NULL), "QBUF CAPTURE");
}

int main(int argc, char **argv)
{
	static struct hover hover;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 4,
	};
	__u64 frames = 300;
	const struct arg args[] = {
		{ .name = "frames", .number = &frames },
	};
	__u64 i;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(&hover.copy, &options);

	ksft_set_plan(5);
	must(copy_start(&hover.copy), "start");
	while (hover.copy.frame < LOOKED_AT)
		workload_frame(&hover.copy);
	must(-pthread_create(&hover.consumer, NULL, ask, &hover), "thread");
	for (i = 0; i < frames; i++)
		one_job(&hover.copy, i % hover.copy.depth);
	hover.over = true;
	pthread_join(hover.consumer, NULL);
	ksft_print_msg("%u times asked\n", hover.asked);
	copy_close(&hover.copy);

	workload_report(&hover.copy);
	ksft_test_result(hover.asked, "capture.asked\n");
	ksft_test_result(!hover.refused, "capture.fences\n");
	ksft_finished();
}
