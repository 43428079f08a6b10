// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers are queued with fences: jobs wait for those of others, and others for
 * those of jobs. What each call was given and answered is on record, and judged
 * by the host; here is only what no call tells.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "kselftest.h"

#include "args.h"
#include "call.h"
#include "clock.h"
#include "descriptors.h"
#include "explicit.h"
#include "fence.h"
#include "fenced.h"
#include "must.h"
#include "observe.h"

#define JUNK		0x5a5a5a5a

/* Pictures of files that were closed. */
static unsigned int wrong;

/* Nothing may be left in the field that means something, nor be understood. */
static void plainly(struct copy *copy)
{
	unsigned int frame, index;

	for (frame = 0; frame < 2 * copy->depth; frame++) {
		index = frame % copy->depth;
		/* A kernel that understands it all the same has said so on record. */
		if (explicit_qbuf(capture_of(copy), index, 0, JUNK))
			must(explicit_qbuf(capture_of(copy), index, 0, 0), "QBUF CAPTURE");
		if (explicit_feed(copy, index, 0, JUNK))
			must(explicit_feed(copy, index, 0, 0), "QBUF OUTPUT");
		must(copy_finish(copy, index), "job");
	}
}

/* What others are told of a buffer. */
static void query(struct m2m_queue *queue, unsigned int index)
{
	struct v4l2_plane planes[M2M_PLANES_MAX] = { 0 };
	struct v4l2_buffer raw = {
		.index = index,
		.type = queue->type,
		.memory = queue->memory,
	};

	if (queue->multiplanar) {
		raw.m.planes = planes;
		raw.length = M2M_PLANES_MAX;
	}
	must(call_device(queue->fd, VIDIOC_QUERYBUF, &raw), "QUERYBUF");
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
			must(explicit_feed(copy, index, FLAG_OUT_FENCE, 0), "QBUF OUTPUT");
			out = fenced_out(output_of(copy), index);
		} else {
			must(explicit_feed(copy, index, 0, 0), "QBUF OUTPUT");
			must(explicit_qbuf(capture_of(copy), index, FLAG_OUT_FENCE, 0),
			     "QBUF CAPTURE");
			out = fenced_out(capture_of(copy), index);
		}
		fenced_consume(copy, index, out);
		must(copy_finish(copy, index), "job");
		fenced_ask_again(out);
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
		out[index] = fenced_out(output_of(copy), index);
	}
	for (index = 0; index < copy->depth; index++) {
		must(fence_wait(out[index], FENCED_PATIENCE), "poll of a fence");
		must(copy_finish(copy, index), "job");
		fenced_ask_again(out[index]);
	}
}

/* Who takes the buffer back when it is ready, and looks at the fence then. */
static void dequeued(struct copy *copy)
{
	unsigned int frame;
	int out;

	for (frame = 0; frame < 2 * copy->depth; frame++) {
		out = fenced_job(copy, frame % copy->depth, 0, 0);
		fenced_take_back(copy, out);
	}
	fenced_restart(copy);
}

/* Whoever is given a fence all the same looks at it; whether that is so. */
static bool hope(int ret, struct m2m_queue *queue, unsigned int index)
{
	int fd = explicit_answer(queue, index);

	if (ret || fd < 0)
		return false;
	fenced_ask_again(fd);
	ksft_print_msg("%s: a fence without a job\n", queue->name);
	return true;
}

static bool hope_for(struct copy *copy, unsigned int index)
{
	return hope(explicit_qbuf(capture_of(copy), index, FLAG_OUT_FENCE, 0),
		    capture_of(copy), index) ||
	       hope(explicit_feed(copy, index, FLAG_OUT_FENCE, 0), output_of(copy), index);
}

/* The buffers of both queues complete one job, and each queue has one more. */
static void one_job_of_three(struct copy *copy)
{
	must(explicit_feed(copy, 0, 0, 0), "QBUF OUTPUT");
	if (hope(explicit_feed(copy, 1, FLAG_OUT_FENCE, 0), output_of(copy), 1))
		return;
	must(explicit_qbuf(capture_of(copy), 0, FLAG_OUT_FENCE, 0), "QBUF CAPTURE");
	fenced_consume(copy, 0, fenced_out(capture_of(copy), 0));
	hope(explicit_qbuf(capture_of(copy), 1, FLAG_OUT_FENCE, 0), capture_of(copy), 1);
	must(copy_finish(copy, 0), "job");
	fenced_ask_again(explicit_answer(capture_of(copy), 0));
}

/* Whoever asks for a fence of a job that is not complete gets none. */
static void starved(struct copy *copy)
{
	bool hopeless;

	must(explicit_stop(copy), "STREAMOFF");
	hopeless = !hope_for(copy, 0);
	must(explicit_start(copy), "STREAMON");
	if (hopeless && !hope_for(copy, 0))
		one_job_of_three(copy);
	/* What was queued all the same is taken back. */
	fenced_restart(copy);
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
	out = fenced_out(output_of(copy), 0);
	must(explicit_qbuf(capture_of(copy), 1, 0, 0), "QBUF CAPTURE");
	must(explicit_feed(copy, 1, FLAG_OUT_FENCE, 0), "QBUF OUTPUT");
	behind = fenced_out(output_of(copy), 1);
	fenced_tempt(copy, out);
	fenced_tempt(copy, behind);
	if (destination) {
		must(foreign_signal(&first), "sw_sync");
		if (source)
			fenced_tempt(copy, out);
	}
	if (source)
		must(foreign_signal(&second), "sw_sync");
	/* Nobody is in a call of the device. */
	must(fence_wait(behind, FENCED_PATIENCE), "poll of a fence");
	must(copy_finish(copy, 0), "job");
	must(copy_finish(copy, 1), "job");
	fenced_ask_again(out);
	fenced_ask_again(behind);
	foreign_close(&first);
	foreign_close(&second);
	fenced_restart(copy);
}

/* One buffer waits for several at once; whoever merged them keeps nothing. */
static void merged(struct copy *copy)
{
	struct foreign first, second;
	int one, other, both, out;

	must(foreign_open(&first), "sw_sync");
	must(foreign_open(&second), "sw_sync");
	one = foreign_fence(&first);
	other = foreign_fence(&second);
	both = fence_merge(one, other);
	must(both, "merge");
	must(explicit_qbuf(capture_of(copy), 0, 0, 0), "QBUF CAPTURE");
	must(explicit_feed(copy, 0, FLAG_OUT_FENCE | FLAG_IN_FENCE, both), "QBUF OUTPUT");
	out = fenced_out(output_of(copy), 0);
	close(one);
	close(other);
	close(both);
	fenced_tempt(copy, out);
	must(foreign_signal(&first), "sw_sync");
	fenced_tempt(copy, out);
	must(foreign_signal(&second), "sw_sync");
	must(fence_wait(out, FENCED_PATIENCE), "poll of a fence");
	must(copy_finish(copy, 0), "job");
	fenced_ask_again(out);
	foreign_close(&first);
	foreign_close(&second);
	fenced_restart(copy);
}

/*
 * What the source waits for fails, before it is queued or afterwards. Nobody
 * else has the fence by then.
 */
static void failed(struct copy *copy, bool before)
{
	struct foreign foreign;
	int in, out, behind;

	must(foreign_open(&foreign), "sw_sync");
	in = foreign_fence(&foreign);
	must(explicit_qbuf(capture_of(copy), 0, 0, 0), "QBUF CAPTURE");
	must(explicit_qbuf(capture_of(copy), 1, 0, 0), "QBUF CAPTURE");
	if (before)
		foreign_close(&foreign);
	if (explicit_feed(copy, 0, FLAG_OUT_FENCE | FLAG_IN_FENCE, in)) {
		/* Who refuses it has not queued it. */
		query(output_of(copy), 0);
		must(explicit_feed(copy, 0, FLAG_OUT_FENCE, 0), "QBUF OUTPUT");
	}
	close(in);
	out = fenced_out(output_of(copy), 0);
	must(explicit_feed(copy, 1, FLAG_OUT_FENCE, 0), "QBUF OUTPUT");
	behind = fenced_out(output_of(copy), 1);
	if (!before)
		foreign_close(&foreign);
	must(fence_wait(behind, FENCED_PATIENCE), "poll of a fence");
	fenced_take_back(copy, out);
	fenced_take_back(copy, behind);
	fenced_restart(copy);
}

static void print_cancelled(struct copy *copy, int out, unsigned int number)
{
	struct observation seen;
	struct fence fence;

	must(fence_read(out, &fence), "FILE_INFO");
	observe_begin(&seen, "cancelled");
	observe_word(&seen, "driver", copy->m2m.driver);
	observe_number(&seen, "number", number);
	observe_number(&seen, "status", fence.status);
	observe_number(&seen, "timestamp", fence.timestamp);
	observe_end(&seen);
}

/*
 * One queue is stopped, or the file is closed, while jobs wait for what does not
 * come before; it comes when nobody waits any more.
 */
static void cancelled(struct copy *copy, const struct copy_options *options,
		      struct m2m_queue *stopped)
{
	int out[COPY_DEPTH_MAX], in;
	struct foreign foreign;
	unsigned int i;

	must(foreign_open(&foreign), "sw_sync");
	for (i = 0; i < copy->depth; i++) {
		in = foreign_fence(&foreign);
		must(explicit_qbuf(capture_of(copy), i, 0, 0), "QBUF CAPTURE");
		must(explicit_feed(copy, i, FLAG_OUT_FENCE | FLAG_IN_FENCE, in), "QBUF OUTPUT");
		out[i] = fenced_out(output_of(copy), i);
		close(in);
	}
	if (stopped) {
		must(m2m_streamoff(stopped), "STREAMOFF");
	} else {
		wrong += copy_wrong(copy);
		copy_close(copy);
	}
	for (i = 0; i < options->depth; i++)
		print_cancelled(copy, out[i], i);
	must(foreign_signal(&foreign), "sw_sync");
	foreign_close(&foreign);
	clock_sleep(FENCED_TEMPTATION);
	for (i = 0; i < options->depth; i++)
		fenced_ask_again(out[i]);
	if (stopped) {
		fenced_restart(copy);
		return;
	}
	fenced_reopen(copy, options);
	must(explicit_start(copy), "STREAMON");
}

/* No descriptor is left for the fence. */
static void without_descriptors(struct copy *copy, int before)
{
	int all = descriptors_limit(before);

	explicit_feed(copy, 0, FLAG_OUT_FENCE, 0);
	descriptors_limit(all);
	descriptors_print(copy, "EMFILE", before);
}

/* A field order that the driver does not know fails when the buffer is looked at. */
static void without_field(struct copy *copy, int before)
{
	struct m2m_queue *output = output_of(copy);
	struct v4l2_buffer raw = {
		.type = output->type,
		.memory = output->memory,
		.field = V4L2_FIELD_INTERLACED,
		.flags = FLAG_OUT_FENCE,
		.bytesused = output->buffer[0].plane[0].size,
	};

	if (!output->multiplanar)
		call_device(output->fd, VIDIOC_QBUF, &raw);
	descriptors_print(copy, "field", before);
}

/* The buffer is queued already, and waits. */
static void twice(struct copy *copy)
{
	struct foreign foreign;
	int in, out, before;

	must(foreign_open(&foreign), "sw_sync");
	in = foreign_fence(&foreign);
	must(explicit_feed(copy, 0, FLAG_OUT_FENCE | FLAG_IN_FENCE, in), "QBUF OUTPUT");
	out = fenced_out(output_of(copy), 0);
	before = descriptors_lowest();
	explicit_qbuf(output_of(copy), 0, FLAG_OUT_FENCE | FLAG_IN_FENCE, in);
	descriptors_print(copy, "queued", before);
	fenced_tempt(copy, out);
	must(foreign_signal(&foreign), "sw_sync");
	must(fence_wait(out, FENCED_PATIENCE), "poll of a fence");
	must(copy_finish(copy, 0), "job");
	fenced_ask_again(out);
	close(in);
	foreign_close(&foreign);
}

/* What cannot be waited for, and what cannot be had. */
static void refused(struct copy *copy)
{
	const int dmabuf = capture_of(copy)->buffer[0].plane[0].dmabuf[0];
	const int junk[] = { -1, 987, copy->m2m.fd, dmabuf };
	struct v4l2_buffer raw = {
		.type = output_of(copy)->type,
		.memory = output_of(copy)->memory,
		.flags = FLAG_OUT_FENCE,
	};
	int before = descriptors_lowest();
	unsigned int i;

	for (i = 0; i < sizeof(junk) / sizeof(*junk); i++)
		explicit_feed(copy, 0, FLAG_IN_FENCE, junk[i]);
	descriptors_print(copy, "EINVAL", before);
	explicit_feed(copy, 0, FLAG_OUT_FENCE, 0);
	descriptors_print(copy, "EBUSY", before);
	if (!output_of(copy)->multiplanar)
		call_device(copy->m2m.fd, VIDIOC_PREPARE_BUF, &raw);
	must(explicit_qbuf(capture_of(copy), 0, 0, 0), "QBUF CAPTURE");
	without_descriptors(copy, before);
	without_field(copy, before);
	twice(copy);
	fenced_restart(copy);
}

/* Who executes another program does not hand on its fences. */
static void executed(struct copy *copy)
{
	struct observation seen;
	int out, flags;

	must(explicit_qbuf(capture_of(copy), 0, 0, 0), "QBUF CAPTURE");
	must(explicit_feed(copy, 0, FLAG_OUT_FENCE, 0), "QBUF OUTPUT");
	out = fenced_out(output_of(copy), 0);
	flags = fcntl(out, F_GETFD);
	observe_begin(&seen, "executed");
	observe_word(&seen, "driver", copy->m2m.driver);
	observe_word(&seen, "fence", flags & FD_CLOEXEC ? "closed" : "open");
	observe_end(&seen);
	query(capture_of(copy), 0);
	/* Nobody has to keep it. */
	close(out);
	must(copy_finish(copy, 0), "job");
	fenced_restart(copy);
}

int main(int argc, char **argv)
{
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 3,
		.msec = 20,
	};
	static struct copy copy;

	fenced_begin(&copy, &options, argc, argv);
	plainly(&copy);
	fenced(&copy, true);
	fenced(&copy, false);
	burst(&copy);
	dequeued(&copy);
	starved(&copy);
	awaiting(&copy, true, false);
	awaiting(&copy, false, true);
	awaiting(&copy, true, true);
	merged(&copy);
	failed(&copy, false);
	failed(&copy, true);
	executed(&copy);
	refused(&copy);
	cancelled(&copy, &options, capture_of(&copy));
	cancelled(&copy, &options, output_of(&copy));
	cancelled(&copy, &options, NULL);
	/* Memory that was new is used for the first time by jobs that no call starts. */
	awaiting(&copy, false, true);
	fenced(&copy, true);
	fenced_end(&copy, wrong);
}
