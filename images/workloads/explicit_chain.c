// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pictures go through two devices by fences alone: the next device waits for that
 * of the job that fills its source, and the first one, when it is given that
 * buffer again, for that of the job that reads it. Nobody waits or dequeues in
 * between; who looks at the pictures waits for the fence of the last job.
 *
 * A first device that takes media requests gives their fences.
 */
#include <errno.h>
#include <unistd.h>

#include "kselftest.h"

#include "args.h"
#include "explicit.h"
#include "fence.h"
#include "must.h"
#include "request_fence.h"
#include "workload.h"

/* Of a picture, until the next one of its buffers is done; milliseconds. */
#define PATIENCE_MS	3000

/* So many pictures are told of one by one. */
#define TOLD		8

struct chain {
	struct copy first;
	struct copy next;
	/* Of the job of the next device on each buffer. */
	int back[COPY_DEPTH_MAX];
	unsigned int wrong;
	unsigned int failed;
};

/* The next device takes what the first one fills. */
static void open_next(struct chain *chain, struct copy_options *options)
{
	int dmabuf[COPY_DEPTH_MAX * M2M_PLANES_MAX];
	const struct copy *first = &chain->first;
	unsigned int i, plane, count = 0;

	for (i = 0; i < first->depth; i++) {
		for (plane = 0; plane < first->format.planes; plane++)
			dmabuf[count++] =
				first->m2m.capture.buffer[i].plane[plane].dmabuf[0];
	}
	options->input = dmabuf;
	workload_open(&chain->next, options);
	options->input = NULL;
	chain->next.m2m.instance = 1;
	chain->next.source = first;
}

/* Both buffers of the oldest job of a device come back; it is over, or will be soon. */
static void take_back(struct chain *chain, struct copy *copy)
{
	struct m2m_done done, fed;

	must(m2m_wait(&copy->m2m, copy->job + COPY_PATIENCE) ? 0 : -ETIME, "job");
	must(m2m_dqbuf(&copy->m2m.capture, &done), "DQBUF CAPTURE");
	must(m2m_dqbuf_fed(&copy->m2m, &fed), "DQBUF OUTPUT");
	chain->failed += !!((done.flags | fed.flags) & V4L2_BUF_FLAG_ERROR);
	copy->frame++;
}

/* Whoever wants the picture has nothing but the fence of the last job. */
static void consume(struct chain *chain, unsigned int index)
{
	struct copy *next = &chain->next;
	struct picture picture;

	must(fence_wait(chain->back[index], PATIENCE_MS) > 0 ? 0 : -ETIME, "fence of the chain");
	copy_look(next, &next->m2m.capture.buffer[index], next->frame, &picture);
	if (picture.wrong_bytes || next->frame < TOLD)
		copy_print_pixels(next, index, "signal", &picture);
	chain->wrong += !!picture.wrong_bytes;
	take_back(chain, next);
	close(chain->back[index]);
}

/* The fence of the job that fills the next picture into buffer @index. */
static int feed_first(struct copy *first, unsigned int index)
{
	int out;

	if (first->device->prepare) {
		out = request_feed_fenced(first, index);
		must(out, "fence of a request");
		return out;
	}
	must(explicit_feed(first, index, FLAG_OUT_FENCE, 0), "QBUF OUTPUT");
	return explicit_answer(&first->m2m.output, index);
}

/* The buffers of the picture before are used again, while the next device may still read them. */
static void send(struct chain *chain, unsigned int index, bool again)
{
	struct copy *first = &chain->first, *next = &chain->next;
	unsigned int frame = first->fed;
	int out;

	if (again)
		take_back(chain, first);
	must(explicit_qbuf(&first->m2m.capture, index, again ? FLAG_IN_FENCE : 0,
			   again ? chain->back[index] : 0), "QBUF CAPTURE");
	out = feed_first(first, index);
	if (again)
		consume(chain, index);
	next->shows[index] = frame;
	must(explicit_qbuf(&next->m2m.capture, index, 0, 0), "QBUF CAPTURE of the next device");
	must(explicit_feed(next, index, FLAG_OUT_FENCE | FLAG_IN_FENCE, out),
	     "QBUF OUTPUT of the next device");
	chain->back[index] = explicit_answer(&next->m2m.output, index);
	close(out);
}

int main(int argc, char **argv)
{
	static struct chain chain;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 3,
		.msec = 2,
	};
	struct copy_options next = {
		.driver = "rockchip-rga",
		.msec = 2,
	};
	__u64 frames = 1000, frame;
	const struct arg args[] = {
		{ .name = "next", .word = &next.driver },
		{ .name = "next-format", .word = &next.format },
		{ .name = "next-to", .word = &next.to },
		{ .name = "frames", .number = &frames },
	};

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	next.width = options.width;
	next.height = options.height;
	next.depth = options.depth;
	next.seed = options.seed;
	workload_open(&chain.first, &options);
	open_next(&chain, &next);
	ksft_set_plan(2);
	must(explicit_start(&chain.first), "STREAMON");
	must(explicit_start(&chain.next), "STREAMON of the next device");
	for (frame = 0; frame < frames; frame++)
		send(&chain, frame % options.depth, frame >= options.depth);
	for (; chain.next.frame < frames; frame++) {
		take_back(&chain, &chain.first);
		consume(&chain, frame % options.depth);
	}
	ksft_test_result(!chain.wrong, "chain.pictures\n");
	ksft_test_result(!chain.failed, "chain.jobs\n");
	copy_close(&chain.next);
	copy_close(&chain.first);
	ksft_finished();
}
