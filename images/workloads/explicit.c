// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers are queued with fences: jobs wait for those of others, and others for
 * those of jobs. What each call was given and answered is on record, and judged
 * by the host; here is only what no call tells.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/resource.h>

#include "kselftest.h"

#include "args.h"
#include "explicit.h"
#include "fence.h"
#include "must.h"
#include "observe.h"
#include "workload.h"

/* Whoever waits longer for a fence waits for nothing; milliseconds. */
#define PATIENCE_MS	3000

/* So long a job is given to start that must not. */
#define TEMPTATION	(100 * NSEC_PER_MSEC)

#define JUNK		0x5a5a5a5a

static struct m2m_queue *output_of(struct copy *copy)
{
	return &copy->m2m.output;
}

static struct m2m_queue *capture_of(struct copy *copy)
{
	return &copy->m2m.capture;
}

/* Nothing may be left in the field that means something, nor be understood. */
static void plainly(struct copy *copy)
{
	unsigned int frame, index;

	for (frame = 0; frame < 2 * copy->depth; frame++) {
		index = frame % copy->depth;
		must(explicit_qbuf(capture_of(copy), index, 0, JUNK), "QBUF CAPTURE");
		must(explicit_feed(copy, index, 0, JUNK), "QBUF OUTPUT");
		must(copy_finish(copy, index), "job");
	}
}

static int fence_of(struct m2m_queue *queue, unsigned int index)
{
	struct fence fence;
	int fd = explicit_answer(queue, index);

	must(fd < 0 ? -EBADF : fence_read(fd, &fence), "out-fence");
	return fd;
}

/* A consumer reads the picture when it is told to, and nobody has dequeued it. */
static void consume(struct copy *copy, unsigned int index, int out)
{
	struct picture picture;

	must(fence_wait(out, PATIENCE_MS), "poll of a fence");
	copy_look(copy, &capture_of(copy)->buffer[index], copy->frame, &picture);
	copy_print_pixels(copy, index, "signal", &picture);
}

static void ask_again(int out)
{
	struct fence fence;

	must(fence_read(out, &fence), "FILE_INFO");
	close(out);
}

/* The source completes the pair, and then the destination. */
static void fenced(struct copy *copy, bool source_last)
{
	unsigned int frame, index;
	int out;

	for (frame = 0; frame < 2 * copy->depth; frame++) {
		index = frame % copy->depth;
		if (source_last) {
			must(explicit_qbuf(capture_of(copy), index, 0, 0), "QBUF CAPTURE");
			must(explicit_feed(copy, index, FLAG_OUT_FENCE, JUNK), "QBUF OUTPUT");
			out = fence_of(output_of(copy), index);
		} else {
			must(explicit_feed(copy, index, 0, 0), "QBUF OUTPUT");
			must(explicit_qbuf(capture_of(copy), index, FLAG_OUT_FENCE, JUNK),
			     "QBUF CAPTURE");
			out = fence_of(capture_of(copy), index);
		}
		consume(copy, index, out);
		must(copy_finish(copy, index), "job");
		ask_again(out);
	}
}

/* Several at once; all are taken back afterwards. */
static void burst(struct copy *copy)
{
	int out[COPY_DEPTH_MAX];
	unsigned int index;

	for (index = 0; index < copy->depth; index++)
		must(explicit_qbuf(capture_of(copy), index, 0, 0), "QBUF CAPTURE");
	for (index = 0; index < copy->depth; index++) {
		must(explicit_feed(copy, index, FLAG_OUT_FENCE, 0), "QBUF OUTPUT");
		out[index] = fence_of(output_of(copy), index);
	}
	for (index = 0; index < copy->depth; index++) {
		must(fence_wait(out[index], PATIENCE_MS), "poll of a fence");
		must(copy_finish(copy, index), "job");
		ask_again(out[index]);
	}
}

/* Whoever asks for a fence of a job that is not complete gets none. */
static void starved(struct copy *copy)
{
	must(explicit_stop(copy), "STREAMOFF");
	explicit_feed(copy, 0, FLAG_OUT_FENCE, 0);
	explicit_qbuf(capture_of(copy), 0, FLAG_OUT_FENCE, 0);
	must(explicit_start(copy), "STREAMON");
	explicit_qbuf(capture_of(copy), 0, FLAG_OUT_FENCE, 0);
	explicit_feed(copy, 0, FLAG_OUT_FENCE, 0);
	must(explicit_feed(copy, 0, 0, 0), "QBUF OUTPUT");
	explicit_feed(copy, 1, FLAG_OUT_FENCE, 0);
	must(explicit_qbuf(capture_of(copy), 0, FLAG_OUT_FENCE, 0), "QBUF CAPTURE");
	consume(copy, 0, fence_of(capture_of(copy), 0));
	explicit_qbuf(capture_of(copy), 1, FLAG_OUT_FENCE, 0);
	must(copy_finish(copy, 0), "job");
	ask_again(explicit_answer(capture_of(copy), 0));
	must(explicit_stop(copy), "STREAMOFF");
	must(explicit_start(copy), "STREAMON");
}

/* It has nothing to do as long as a fence is pending. */
static void tempt(const struct copy *copy, int out)
{
	struct fence fence;

	m2m_wait(&copy->m2m, TEMPTATION);
	must(fence_read(out, &fence), "FILE_INFO");
}

/*
 * The first job waits for a fence of its source, its destination or both, which
 * signal in either order; the second one waits for the first.
 */
static void awaiting(struct copy *copy, bool source, bool destination)
{
	struct foreign first, second;
	int out, behind;

	must(foreign_open(&first), "sw_sync");
	must(foreign_open(&second), "sw_sync");
	must(explicit_qbuf(capture_of(copy), 0, destination ? FLAG_IN_FENCE : 0,
			   destination ? foreign_fence(&first) : 0), "QBUF CAPTURE");
	must(explicit_feed(copy, 0, FLAG_OUT_FENCE | (source ? FLAG_IN_FENCE : 0),
			   source ? foreign_fence(&second) : 0), "QBUF OUTPUT");
	out = fence_of(output_of(copy), 0);
	must(explicit_qbuf(capture_of(copy), 1, 0, 0), "QBUF CAPTURE");
	must(explicit_feed(copy, 1, FLAG_OUT_FENCE, 0), "QBUF OUTPUT");
	behind = fence_of(output_of(copy), 1);
	tempt(copy, out);
	tempt(copy, behind);
	if (destination) {
		must(foreign_signal(&first), "sw_sync");
		if (source)
			tempt(copy, out);
	}
	if (source)
		must(foreign_signal(&second), "sw_sync");
	/* Nobody is in a call of the device. */
	must(fence_wait(behind, PATIENCE_MS), "poll of a fence");
	must(copy_finish(copy, 0), "job");
	must(copy_finish(copy, 1), "job");
	ask_again(out);
	ask_again(behind);
	foreign_close(&first);
	foreign_close(&second);
	must(explicit_stop(copy), "STREAMOFF");
	must(explicit_start(copy), "STREAMON");
}

int main(int argc, char **argv)
{
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 3,
		.msec = 20,
	};
	static struct copy copy;

	workload_begin(&options, argc, argv, NULL, 0);
	workload_open(&copy, &options);
	ksft_set_plan(2);
	must(explicit_start(&copy), "STREAMON");
	plainly(&copy);
	fenced(&copy, true);
	fenced(&copy, false);
	burst(&copy);
	starved(&copy);
	awaiting(&copy, true, false);
	awaiting(&copy, false, true);
	awaiting(&copy, true, true);
	ksft_test_result(!copy_wrong(&copy), "capture.streams\n");
	ksft_test_result_pass("capture.fences\n");
	copy_close(&copy);
	ksft_finished();
}
