// SPDX-License-Identifier: GPL-2.0-only
/*
 * Media requests are queued with fences. What each call was given and answered is on
 * record, and judged by the host; here is only what no call tells.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "kselftest.h"

#include "args.h"
#include "call.h"
#include "clock.h"
#include "descriptors.h"
#include "fenced.h"
#include "observe.h"
#include "request.h"
#include "request_fence.h"

/* The same for a request that has to be complete. */
#define SOON		NSEC_PER_SEC

/* No picture is all of this. */
#define STALE		0xdb

/* Pictures of files that were closed. */
static unsigned int wrong;

/* What it held before must not pass for what it is to hold. */
static void offer(struct copy *copy, unsigned int index)
{
	const struct m2m_buffer *buffer = &capture_of(copy)->buffer[index];
	unsigned int plane;

	for (plane = 0; plane < buffer->planes; plane++)
		memset(buffer->plane[plane].map, STALE, buffer->plane[plane].size);
	must(m2m_qbuf(capture_of(copy), index, NULL), "QBUF CAPTURE");
}

static int fence_of(int ret)
{
	must(ret, "fence of a request");
	fenced_ask(ret);
	return ret;
}

static void restart(struct copy *copy)
{
	must(explicit_stop(copy), "STREAMOFF");
	must(device_renew_requests(copy), "REINIT");
	must(explicit_start(copy), "STREAMON");
}

/* Every other time who waits is told of the request first, and then of its fence. */
static void fenced(struct copy *copy)
{
	unsigned int frame, index;
	int out;

	for (frame = 0; frame < 2 * copy->depth; frame++) {
		index = frame % copy->depth;
		offer(copy, index);
		out = fence_of(request_feed_fenced(copy, index));
		if (frame % 2) {
			request_wait(copy->request[index], copy->job + COPY_PATIENCE);
			fenced_ask(out);
		}
		fenced_consume(copy, index, out);
		must(copy_finish(copy, index), "job");
		fenced_ask_again(out);
	}
}

/* Several at once, and who waits for the last one has waited for all. */
static void burst(struct copy *copy)
{
	int out[COPY_DEPTH_MAX];
	unsigned int index;

	for (index = 0; index < copy->depth; index++)
		offer(copy, index);
	for (index = 0; index < copy->depth; index++)
		out[index] = fence_of(request_feed_fenced(copy, index));
	must(fence_wait(out[copy->depth - 1], FENCED_PATIENCE), "poll of a fence");
	for (index = 0; index < copy->depth; index++) {
		fenced_ask(out[index]);
		must(copy_finish(copy, index), "job");
		fenced_ask_again(out[index]);
	}
	restart(copy);
}

/* Whoever is given a fence all the same looks at it. */
static void hope(struct copy *copy, unsigned int index)
{
	int out = request_queue_fence(copy->request[index]);

	if (out < 0)
		return;
	fenced_ask_again(out);
	ksft_print_msg("request %u: a fence without a job\n", index);
	ksft_exit_fail();
}

static void queue_plainly(struct copy *copy, unsigned int index)
{
	must(request_queue(copy->request[index]), "REQUEST_IOC_QUEUE");
	copy->fed++;
}

/*
 * Nothing streams; then there is no buffer for the picture, and then two that earlier
 * requests will take. What was refused its fence is done without one.
 */
static void starved(struct copy *copy)
{
	int out, next;

	must(explicit_stop(copy), "STREAMOFF");
	must(request_put(copy, 0), "request");
	hope(copy, 0);
	must(explicit_start(copy), "STREAMON");
	hope(copy, 0);
	queue_plainly(copy, 0);
	offer(copy, 0);
	must(copy_finish(copy, 0), "job");

	offer(copy, 1);
	offer(copy, 2);
	out = fence_of(request_feed_fenced(copy, 1));
	next = fence_of(request_feed_fenced(copy, 2));
	must(request_put(copy, 3), "request");
	hope(copy, 3);
	queue_plainly(copy, 3);
	offer(copy, 3);
	must(copy_finish(copy, 1), "job");
	fenced_ask_again(out);
	must(copy_finish(copy, 2), "job");
	fenced_ask_again(next);
	must(copy_finish(copy, 3), "job");
	restart(copy);
}

/* A request that holds none takes what an earlier one without a fence will not need. */
static void overtaken(struct copy *copy)
{
	int out;

	must(request_feed(copy, 0), "request");
	offer(copy, 0);
	must(request_put(copy, 1), "request");
	hope(copy, 1);
	offer(copy, 1);
	out = request_queue_fence(copy->request[1]);
	must(out, "fence of a request");
	copy->fed++;
	must(copy_finish(copy, 0), "job");
	must(copy_finish(copy, 1), "job");
	fenced_ask_again(out);
	restart(copy);
}

/* No descriptor is left for the fence. */
static void without_descriptors(struct copy *copy, int before)
{
	int all = descriptors_limit(before);

	request_queue_fence(copy->request[0]);
	descriptors_limit(all);
	descriptors_print(copy, "EMFILE", before);
}

/* The answer cannot be written. */
static void without_memory(struct copy *copy, int before)
{
	void *page = mmap(NULL, getpagesize(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(page == MAP_FAILED ? -errno : 0, "mmap");
	call_device(copy->request[0], REQUEST_QUEUE_FENCE, page);
	munmap(page, getpagesize());
	descriptors_print(copy, "EFAULT", before);
}

/* What nobody has a meaning for yet. */
static void without_meaning(struct copy *copy, int before)
{
	struct queue_fence flagged = { .flags = 1 };
	struct queue_fence reserved = { .reserved[5] = 1 };

	call_device(copy->request[0], REQUEST_QUEUE_FENCE, &flagged);
	call_device(copy->request[0], REQUEST_QUEUE_FENCE, &reserved);
	descriptors_print(copy, "EINVAL", before);
}

/* The request is as it was after each call that fails. */
static void refused(struct copy *copy)
{
	int before, out;

	before = descriptors_lowest();
	request_queue_fence(copy->request[0]);
	descriptors_print(copy, "ENOENT", before);
	must(request_put(copy, 0), "request");
	hope(copy, 0);
	descriptors_print(copy, "EBUSY", before);
	offer(copy, 0);
	without_meaning(copy, before);
	without_descriptors(copy, before);
	without_memory(copy, before);
	out = fence_of(request_queue_fence(copy->request[0]));
	copy->fed++;
	request_queue_fence(copy->request[0]);
	request_queue(copy->request[0]);
	descriptors_print(copy, "queued", before + 1);
	fenced_consume(copy, 0, out);
	must(copy_finish(copy, 0), "job");
	fenced_ask_again(out);
	restart(copy);
}

/* While it is queued, when it is complete, and what became of the fence that it had. */
static void reinit(struct copy *copy)
{
	int out, next;

	offer(copy, 0);
	offer(copy, 1);
	out = fence_of(request_feed_fenced(copy, 0));
	request_reinit(copy->request[0]);
	fenced_ask(out);
	fenced_consume(copy, 0, out);
	must(request_wait(copy->request[0], copy->job + COPY_PATIENCE), "poll of a request");
	must(copy_finish(copy, 0), "job");
	must(device_renew_requests(copy), "REINIT");
	fenced_ask(out);
	next = fence_of(request_feed_fenced(copy, 0));
	fenced_consume(copy, 1, next);
	must(copy_finish(copy, 1), "job");
	fenced_ask_again(out);
	fenced_ask_again(next);
	restart(copy);
}

/* Nobody keeps the request that is at work, nor the one that is not queued. */
static void closed(struct copy *copy)
{
	int out;

	offer(copy, 0);
	out = fence_of(request_feed_fenced(copy, 0));
	close(copy->request[0]);
	copy->requested[0] = false;
	fenced_consume(copy, 0, out);
	must(copy_finish(copy, 0), "job");
	fenced_ask_again(out);
	copy->request[0] = request_allocate(copy->media);
	must(copy->request[0], "REQUEST_ALLOC");

	must(request_put(copy, 0), "request");
	close(copy->request[0]);
	copy->requested[0] = false;
	must(explicit_stop(copy), "STREAMOFF");
	copy->request[0] = request_allocate(copy->media);
	must(copy->request[0], "REQUEST_ALLOC");
	must(explicit_start(copy), "STREAMON");
}

/* Who executes another program does not hand on its fences; nobody has to keep one. */
static void executed(struct copy *copy)
{
	struct observation seen;
	int out, flags;

	offer(copy, 0);
	out = fence_of(request_feed_fenced(copy, 0));
	flags = fcntl(out, F_GETFD);
	observe_begin(&seen, "executed");
	observe_word(&seen, "driver", copy->m2m.driver);
	observe_word(&seen, "fence", flags & FD_CLOEXEC ? "closed" : "open");
	observe_end(&seen);
	close(out);
	must(copy_finish(copy, 0), "job");
	restart(copy);
}

/* One queue is stopped, or the file is closed, while requests are queued. */
static void cancelled(struct copy *copy, const struct copy_options *options,
		      struct m2m_queue *stopped)
{
	int out[COPY_DEPTH_MAX], request[COPY_DEPTH_MAX];
	unsigned int i;

	for (i = 0; i < copy->depth; i++)
		offer(copy, i);
	for (i = 0; i < copy->depth; i++) {
		out[i] = request_feed_fenced(copy, i);
		must(out[i], "fence of a request");
		request[i] = dup(copy->request[i]);
	}
	for (i = 0; i < copy->depth; i++)
		fenced_ask(out[i]);
	if (stopped) {
		must(m2m_streamoff(stopped), "STREAMOFF");
	} else {
		wrong += copy_wrong(copy);
		copy_close(copy);
	}
	for (i = 0; i < options->depth; i++)
		fenced_ask(out[i]);
	/* Without a buffer to fill, they stay. */
	for (i = 0; i < options->depth && stopped != capture_of(copy); i++)
		request_wait(request[i], SOON);
	for (i = 0; i < options->depth; i++) {
		fenced_ask_again(out[i]);
		close(request[i]);
	}
	if (stopped) {
		restart(copy);
		return;
	}
	workload_reopen(copy, options, copy->m2m.instance + 1);
	must(explicit_start(copy), "STREAMON");
}

/*
 * A slice that leaves its picture to the next one promises nothing, and while the
 * picture is held, nor does the last one.
 */
static void slices(struct copy *copy)
{
	struct m2m_queue *output = output_of(copy);
	struct m2m_done done;

	offer(copy, 0);
	output->buffer[0].usec = 1;
	output->buffer[1].usec = 1;
	output->buffer[0].flags = V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF;
	must(request_put(copy, 0), "request");
	hope(copy, 0);
	queue_plainly(copy, 0);
	must(m2m_dqbuf_fed(&copy->m2m, &done), "DQBUF OUTPUT");
	must(request_put(copy, 1), "request");
	request_queue_fence(copy->request[1]);
	request_queue(copy->request[1]);
	must(m2m_wait(&copy->m2m, copy->job + COPY_PATIENCE) ? 0 : -ETIME, "job");
	output->buffer[0].flags = 0;
	output->buffer[0].usec = 0;
	output->buffer[1].usec = 0;
	restart(copy);
}

int main(int argc, char **argv)
{
	struct copy_options options = {
		.driver = "visl",
		.depth = 4,
		.msec = 20,
	};
	static struct copy copy;
	__u64 held = 0;
	const struct arg args[] = {
		{ .name = "held", .number = &held },
	};

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(&copy, &options);
	ksft_set_plan(2);
	must(explicit_start(&copy), "STREAMON");
	fenced(&copy);
	burst(&copy);
	starved(&copy);
	overtaken(&copy);
	refused(&copy);
	reinit(&copy);
	closed(&copy);
	executed(&copy);
	if (held)
		slices(&copy);
	cancelled(&copy, &options, capture_of(&copy));
	cancelled(&copy, &options, output_of(&copy));
	cancelled(&copy, &options, NULL);
	fenced(&copy);
	fenced_end(&copy, wrong);
}
