// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hardware fails while media requests are queued with fences. Whoever waits for the
 * fence of a job that failed is told so, as is who dequeues its buffers; the next
 * job is done as ever.
 */
#include <errno.h>
#include <unistd.h>

#include "kselftest.h"

#include "args.h"
#include "explicit.h"
#include "fence.h"
#include "must.h"
#include "request.h"
#include "request_fence.h"
#include "workload.h"

/* The watchdog of hantro comes after two seconds. */
#define PATIENCE_MS	5000

/* Of the pictures. */
static unsigned int failed, wrong;

static void ask(int out, struct fence *fence)
{
	must(fence_read(out, fence), "FILE_INFO");
}

/* What the fence says of a picture is what its buffer says. */
static void finish(struct copy *copy, unsigned int index, int out)
{
	struct m2m_done done, fed;
	struct picture picture;
	struct fence fence;
	bool error;

	must(fence_wait(out, PATIENCE_MS), "poll of a fence");
	ask(out, &fence);
	must(request_wait(copy->request[index], COPY_PATIENCE), "poll of a request");
	must(m2m_wait(&copy->m2m, COPY_PATIENCE) ? 0 : -ETIME, "job");
	must(m2m_dqbuf(&copy->m2m.capture, &done), "DQBUF CAPTURE");
	must(m2m_dqbuf_fed(&copy->m2m, &fed), "DQBUF OUTPUT");
	error = done.flags & V4L2_BUF_FLAG_ERROR;
	failed += error;
	if (!error && fence.status > 0) {
		copy_look(copy, &copy->m2m.capture.buffer[index], copy->frame, &picture);
		copy_print_pixels(copy, index, "signal", &picture);
		wrong += !!picture.wrong_bytes;
	}
	copy->frame++;
	ask(out, &fence);
	close(out);
}

int main(int argc, char **argv)
{
	struct copy_options options = {
		.driver = "g1-h264",
		.depth = 3,
		.msec = 20,
	};
	static struct copy copy;
	__u64 frames = 12, failing = 0, frame;
	const struct arg args[] = {
		{ .name = "frames", .number = &frames },
		{ .name = "failing", .number = &failing },
	};
	int out[COPY_DEPTH_MAX];
	unsigned int index;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(&copy, &options);
	ksft_set_plan(2);
	must(explicit_start(&copy), "STREAMON");
	/* All but one of the buffers wait behind the job that runs. */
	for (frame = 0; frame < frames + options.depth; frame++) {
		index = frame % options.depth;
		if (frame >= options.depth)
			finish(&copy, index, out[index]);
		if (frame >= frames)
			continue;
		must(m2m_qbuf(&copy.m2m.capture, index, NULL), "QBUF CAPTURE");
		out[index] = request_feed_fenced(&copy, index);
		must(out[index], "fence of a request");
	}
	ksft_test_result(!wrong, "capture.pixels\n");
	ksft_test_result(failed == failing, "capture.errors\n");
	copy_close(&copy);
	ksft_finished();
}
