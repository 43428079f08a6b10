// SPDX-License-Identifier: GPL-2.0-only
/*
 * A consumer asks about exported CAPTURE buffers before, during and after the
 * job that fills them.
 *
 * OUTPUT is fed in bursts: the first job of a burst starts in the ioctl that
 * made it possible, the others in the worker that follows the job before. In
 * between all CAPTURE buffers are queued and there is nothing to do.
 */
#include <errno.h>
#include <string.h>

#include "kselftest.h"

#include "args.h"
#include "clock.h"
#include "m2m.h"
#include "must.h"
#include "pattern.h"
#include "pixelformat.h"
#include "record.h"
#include "session.h"

/* Moments within a job at which its buffer is asked about, in parts of the job. */
#define PARTS			4

/* What a job may take beyond its time: timers are late, never early. */
#define PATIENCE		(2 * NSEC_PER_SEC)

struct result {
	unsigned int frames;
	unsigned int errors;
	unsigned int wrong_order;
	unsigned int wrong_bytes;
	unsigned int uncertain;
	unsigned int asleep;
};

struct stream {
	struct m2m m2m;
	struct m2m_format format;
	struct session session;
	__u64 seed;
	unsigned int depth;
	/* A job takes at least so long. */
	__s64 job;
	unsigned int frame;
	/* CAPTURE buffers in the order of their queueing. */
	unsigned int fifo[VIDEO_MAX_FRAME];
	struct result result;
};

static void set_up(struct stream *stream, const char *driver, struct m2m_format format,
		   __u64 exports)
{
	struct m2m *m2m = &stream->m2m;
	int ret;

	ret = m2m_open(m2m, driver, 0);
	if (ret == -ENODEV)
		ksft_exit_skip("no mem2mem driver %s\n", driver);
	must(ret, driver);
	must(m2m_set_job_time(m2m, stream->job / NSEC_PER_MSEC), "job time");

	/* Equal formats and sizes make the driver's job a copy. */
	must(m2m_set_format(&m2m->output, &format), "OUTPUT format");
	stream->format = format;
	must(m2m_set_format(&m2m->capture, &format), "CAPTURE format");
	if (memcmp(&format, &stream->format, sizeof(format)))
		ksft_exit_fail_msg("CAPTURE and OUTPUT formats differ\n");

	must(m2m_allocate_pair(m2m, stream->depth), "buffers");
	while (exports--)
		must(m2m_export(&m2m->capture), "EXPBUF");
	stream->session.m2m = m2m;
}

static void ask_all(struct stream *stream, enum consumer_state state)
{
	unsigned int i;

	for (i = 0; i < stream->depth; i++) {
		session_ask(&stream->session, &stream->m2m.capture, stream->fifo[i], state);
		session_flush(&stream->session, "");
	}
}

static void feed(struct stream *stream, unsigned int count)
{
	struct m2m_queue *output = &stream->m2m.output;
	unsigned int i, plane;

	for (i = 0; i < count; i++) {
		for (plane = 0; plane < output->buffer[i].planes; plane++)
			pattern_fill(output->buffer[i].plane[plane].map,
				     stream->format.sizeimage[plane], stream->seed,
				     stream->frame + i, plane);
	}
	for (i = 0; i < count; i++)
		must(m2m_qbuf(output, i, stream->format.sizeimage), "QBUF OUTPUT");
}

static void check_pixels(struct stream *stream, const struct m2m_done *done)
{
	const struct m2m_buffer *buffer = &stream->m2m.capture.buffer[done->index];
	size_t size, same;
	unsigned int i;

	for (i = 0; i < buffer->planes; i++) {
		size = stream->format.sizeimage[i];
		same = pattern_check(buffer->plane[i].map, size, stream->seed, stream->frame, i);
		if (!(done->flags & V4L2_BUF_FLAG_ERROR))
			record_pixels(stream->m2m.fd, stream->m2m.capture.type, done->index,
				      size - same, size);
		if (same == size && done->bytesused[i] == size)
			continue;
		ksft_print_msg("frame %u plane %u: %zu of %zu bytes are right, payload %u\n",
			       stream->frame, i, same, size, done->bytesused[i]);
		stream->result.wrong_bytes++;
	}
}

/*
 * Ask about the buffer whose job runs, and about one that waits behind it.
 * Gives the last moment at which the job was certainly not done; whether it had
 * begun is not certain yet, see label().
 */
static __s64 ask_during_job(struct stream *stream, __s64 started, unsigned int left,
			    struct consumer_waiter *waiter)
{
	static const enum consumer_api waits[] = {
		CONSUMER_POLL, CONSUMER_EPOLL, CONSUMER_SYNC,
	};
	const struct m2m_queue *capture = &stream->m2m.capture;
	struct session *session = &stream->session;
	struct consumer_subject subject;
	unsigned int part, behind;
	__s64 asked, running = 0;

	for (part = 1; part < PARTS; part++) {
		clock_sleep_until(started + stream->job * part / PARTS);
		if (part == 1) {
			consumer_subject(&subject, &stream->m2m, capture, stream->fifo[0], 0, 0);
			must(consumer_wait_start(waiter, &subject, waits[stream->frame % 3],
						 stream->job + PATIENCE), "waiter");
		}
		session_ask(session, capture, stream->fifo[0], CONSUMER_UNSURE);
		behind = stream->fifo[0];
		if (left > 1) {
			behind = stream->fifo[1 + random_below(&session->random, left - 1)];
			session_ask(session, capture, behind, CONSUMER_UNSURE);
		}
		asked = clock_now();
		if (m2m_wait(&stream->m2m, 0))
			continue;
		running = asked;
		/* As long as this job runs, the next has not begun. */
		if (left > 1)
			session_label(session, behind, started, running, CONSUMER_QUEUED);
	}
	return running;
}

/*
 * The buffer can be dequeued since @done or earlier, so its job has begun at
 * @done - job or earlier: what was asked since then, and answered until
 * @running, when the buffer could not be dequeued, was asked during the job.
 */
static void label(struct stream *stream, unsigned int buffer, __s64 done, __s64 running,
		  struct consumer_waiter *waiter)
{
	struct session *session = &stream->session;
	const struct m2m_queue *capture = &stream->m2m.capture;
	unsigned int exports = 0, plane;

	session_label(session, buffer, done - stream->job, running, CONSUMER_ACTIVE);
	if (waiter->begin >= done - stream->job && waiter->begin <= running) {
		waiter->state = CONSUMER_ACTIVE;
		waiter->running = running;
	}
	for (plane = 0; plane < capture->buffer[buffer].planes; plane++)
		exports += capture->buffer[buffer].plane[plane].exports;
	if (session_covered(session, capture, buffer, CONSUMER_ACTIVE) < exports)
		stream->result.uncertain++;
}

/* Returns the time at which the buffer could be dequeued. */
static __s64 one_frame(struct stream *stream, __s64 started, unsigned int left)
{
	struct m2m_queue *capture = &stream->m2m.capture;
	struct session *session = &stream->session;
	struct result *result = &stream->result;
	struct consumer_waiter waiter = { 0 };
	struct m2m_done done, fed;
	__s64 running, ready;

	running = ask_during_job(stream, started, left, &waiter);
	if (!m2m_wait(&stream->m2m, stream->job + PATIENCE))
		ksft_exit_fail_msg("frame %u: no CAPTURE buffer\n", stream->frame);
	ready = clock_now();
	must(m2m_dqbuf(capture, &done), "DQBUF CAPTURE");
	session_ask_again(session, done.index, &done);
	must(m2m_dqbuf_fed(&stream->m2m, &fed), "DQBUF OUTPUT");
	consumer_wait_end(&waiter);

	result->frames++;
	result->errors += !!((done.flags | fed.flags) & V4L2_BUF_FLAG_ERROR);
	result->wrong_order += done.index != stream->fifo[0] || done.sequence != stream->frame;
	result->asleep += !waiter.woken;
	label(stream, done.index, ready, running, &waiter);
	session_ask(session, capture, done.index, CONSUMER_DONE);
	check_pixels(stream, &done);

	session_print_dqbuf(session, capture, &done);
	session_flush(session, "after-dqbuf");
	consumer_wait_print(&waiter);

	memmove(stream->fifo, stream->fifo + 1, (stream->depth - 1) * sizeof(stream->fifo[0]));
	stream->fifo[stream->depth - 1] = done.index;
	must(m2m_qbuf(capture, done.index, NULL), "QBUF CAPTURE");
	stream->frame++;
	return ready;
}

static void burst(struct stream *stream, unsigned int count)
{
	__s64 started;

	ask_all(stream, CONSUMER_QUEUED);
	feed(stream, count);
	/* The first burst is held back until here, later ones run already. */
	if (!stream->frame)
		must(m2m_streamon(&stream->m2m.output), "STREAMON OUTPUT");
	started = clock_now();
	for (; count; count--)
		started = one_frame(stream, started, count);
}

static void stream_all(struct stream *stream, unsigned int frames)
{
	struct m2m_queue *capture = &stream->m2m.capture;
	unsigned int i;

	for (i = 0; i < stream->depth; i++)
		stream->fifo[i] = i;
	ask_all(stream, CONSUMER_DEQUEUED);
	for (i = 0; i < stream->depth; i++)
		must(m2m_qbuf(capture, i, NULL), "QBUF CAPTURE");
	must(m2m_streamon(capture), "STREAMON CAPTURE");
	while (stream->frame < frames) {
		i = frames - stream->frame;
		burst(stream, i < stream->depth ? i : stream->depth);
	}
	must(m2m_streamoff(&stream->m2m.output), "STREAMOFF OUTPUT");
	must(m2m_streamoff(capture), "STREAMOFF CAPTURE");
	m2m_close(&stream->m2m);
}

int main(int argc, char **argv)
{
	static struct stream stream;
	__u64 depth = 3, exports = 1, frames = 12, msec = 40;
	__u64 width = USUAL_WIDTH, height = USUAL_HEIGHT;
	const char *driver = "vim2m", *name = "RGB565";
	const struct pixelformat *pixels;
	struct m2m_format format = { 0 };
	const struct arg args[] = {
		{ .name = "driver", .word = &driver },
		{ .name = "depth", .number = &depth },
		{ .name = "exports", .number = &exports },
		{ .name = "frames", .number = &frames },
		{ .name = "format", .word = &name },
		{ .name = "width", .number = &width },
		{ .name = "height", .number = &height },
		{ .name = "job-ms", .number = &msec },
		{ .name = "seed", .number = &stream.seed },
	};
	const struct result *result = &stream.result;

	ksft_print_header();
	if (args_parse(argc, argv, args, ARRAY_SIZE(args)))
		ksft_exit_fail_msg("bad options\n");
	if (!depth || depth > VIDEO_MAX_FRAME || !frames || !exports || exports > M2M_EXPORTS_MAX)
		ksft_exit_fail_msg("depth, frames or exports out of range\n");
	stream.depth = depth;
	stream.job = msec * NSEC_PER_MSEC;
	stream.session.random.state = stream.seed;

	pixels = pixelformat_find(name);
	if (!pixels)
		ksft_exit_fail_msg("no format %s\n", name);
	format.pixelformat = pixels->code;
	format.width = width;
	format.height = height;
	set_up(&stream, driver, format, exports);
	ksft_set_plan(5);
	stream_all(&stream, frames);

	if (result->uncertain)
		ksft_print_msg("%u frames without a certain active probe\n", result->uncertain);
	ksft_test_result(result->frames == frames && !result->errors && !result->wrong_order,
			 "capture.streams\n");
	ksft_test_result(!result->wrong_bytes, "capture.pixels\n");
	ksft_test_result(session_enough(result->uncertain, frames),
			 "capture.active-probes\n");
	ksft_test_result(!stream.session.errors, "capture.probes\n");
	ksft_test_result(!result->asleep, "capture.waiter\n");
	ksft_finished();
}
