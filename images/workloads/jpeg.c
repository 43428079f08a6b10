// SPDX-License-Identifier: GPL-2.0-only
/*
 * hantro's JPEG encoder, one job at a time, of which nobody but the hardware
 * knows how long it takes. A consumer asks while the job runs, sleeps until he
 * is told that he may read, reads at once and compares every byte. Some jobs may
 * be meant to fail.
 *
 * The device is idle when a picture is fed, so its job is committed before
 * VIDIOC_QBUF returns, and what is asked and answered before the buffer can be
 * dequeued is asked while the job runs.
 */
#include <errno.h>
#include <string.h>

#include "kselftest.h"

#include "args.h"
#include "clock.h"
#include "exporter.h"
#include "must.h"
#include "observe.h"
#include "pattern.h"
#include "record.h"
#include "session.h"
#include "vepu.h"

/* The driver's watchdog ends a job after two seconds; then comes the next job. */
#define PATIENCE	(6 * NSEC_PER_SEC)

struct jpeg {
	struct m2m m2m;
	struct m2m_format raw;
	struct m2m_format coded;
	/* Of the picture that is being encoded. */
	struct vepu vepu;
	struct session session;
	__u64 seed;
	unsigned int depth;
	unsigned int frame;
	unsigned int errors;
	unsigned int wrong_order;
	unsigned int wrong_payloads;
	unsigned int first_wrong;
	unsigned int active;
	unsigned int asleep;
};

struct reader {
	const struct jpeg *jpeg;
	unsigned int index;
	size_t wrong;
};

static const void *coded(const struct jpeg *jpeg, unsigned int index)
{
	return jpeg->m2m.capture.buffer[index].plane[0].map;
}

static void import(struct jpeg *jpeg, const char *from)
{
	__u32 size = jpeg->coded.sizeimage[0];
	int dmabuf[VIDEO_MAX_FRAME];
	unsigned int i;

	for (i = 0; i < jpeg->depth; i++) {
		dmabuf[i] = exporter_allocate(from, size);
		if (dmabuf[i] == -ENODEV)
			ksft_exit_skip("nobody exports %s\n", from);
		must(dmabuf[i], from);
	}
	must(m2m_import(&jpeg->m2m.capture, dmabuf, jpeg->depth, 1, &size), "CAPTURE buffers");
}

static void set_up(struct jpeg *jpeg, const char *from)
{
	struct m2m *m2m = &jpeg->m2m;
	int ret;

	ret = m2m_open(m2m, VEPU_DRIVER, V4L2_PIX_FMT_JPEG);
	if (ret == -ENODEV)
		ksft_exit_skip("no JPEG encoder of %s\n", VEPU_DRIVER);
	must(ret, VEPU_DRIVER);

	jpeg->coded = jpeg->raw;
	jpeg->coded.pixelformat = V4L2_PIX_FMT_JPEG;
	must(m2m_set_format(&m2m->capture, &jpeg->coded), "CAPTURE format");
	must(m2m_set_format(&m2m->output, &jpeg->raw), "OUTPUT format");
	must(vepu_init(&jpeg->vepu, &vepu_hantro, &jpeg->raw), "OUTPUT format");

	must(m2m_allocate(&m2m->output, jpeg->depth), "OUTPUT buffers");
	if (strcmp(from, "expbuf")) {
		import(jpeg, from);
	} else {
		must(m2m_allocate(&m2m->capture, jpeg->depth), "CAPTURE buffers");
		must(m2m_export(&m2m->capture), "EXPBUF");
	}
	if (m2m->output.buffers != jpeg->depth || m2m->capture.buffers != jpeg->depth)
		ksft_exit_fail_msg("the driver wants another number of buffers\n");
	jpeg->session.m2m = m2m;
}

static void ask_all(struct jpeg *jpeg, enum consumer_state state)
{
	unsigned int i;

	for (i = 0; i < jpeg->depth; i++) {
		session_ask(&jpeg->session, &jpeg->m2m.capture, i, state);
		session_flush(&jpeg->session, "");
	}
}

static void paint(struct jpeg *jpeg, unsigned int index)
{
	const struct m2m_buffer *buffer = &jpeg->m2m.output.buffer[index];
	unsigned int plane;

	for (plane = 0; plane < jpeg->vepu.planes; plane++)
		pattern_fill(buffer->plane[plane].map, jpeg->vepu.bytes[plane], jpeg->seed,
			     jpeg->frame, plane);
	vepu_read(&jpeg->vepu, buffer);
}

static void read_all(void *arg)
{
	struct reader *reader = arg;

	reader->wrong = vepu_wrong(&reader->jpeg->vepu, coded(reader->jpeg, reader->index));
}

static void print_pixels(const struct jpeg *jpeg, const struct reader *reader, const char *at,
			 bool failed)
{
	struct consumer_subject subject;
	struct observation seen;

	consumer_subject(&subject, &jpeg->m2m, &jpeg->m2m.capture, reader->index, 0, 0);
	observe_begin(&seen, "pixels");
	consumer_add_subject(&seen, &subject);
	observe_word(&seen, "at", at);
	observe_number(&seen, "wrong-bytes", reader->wrong);
	observe_number(&seen, "error-flag", failed);
	observe_end(&seen);
}

static void check(struct jpeg *jpeg, const struct m2m_done *done, const struct m2m_done *fed)
{
	bool failed = done->flags & V4L2_BUF_FLAG_ERROR;
	size_t wrong;

	jpeg->wrong_order += done->sequence != jpeg->frame || fed->sequence != jpeg->frame ||
			     failed != !!(fed->flags & V4L2_BUF_FLAG_ERROR);
	jpeg->errors += failed;
	if (failed)
		return;
	wrong = vepu_wrong(&jpeg->vepu, coded(jpeg, done->index));
	record_pixels(jpeg->m2m.fd, jpeg->m2m.capture.type, done->index,
		      wrong ?: done->bytesused[0] != vepu_size(&jpeg->vepu),
		      vepu_size(&jpeg->vepu));
	if (!wrong && done->bytesused[0] == vepu_size(&jpeg->vepu))
		return;
	ksft_print_msg("frame %u: %zu bytes are wrong, payload %u\n", jpeg->frame, wrong,
		       done->bytesused[0]);
	if (!jpeg->wrong_payloads++)
		jpeg->first_wrong = jpeg->frame;
}

/* Asks; the time until which the job certainly ran, or 0. */
static __s64 ask(struct jpeg *jpeg, unsigned int index, __s64 started)
{
	struct session *session = &jpeg->session;
	__s64 asked;

	session_ask(session, &jpeg->m2m.capture, index, CONSUMER_UNSURE);
	asked = clock_now();
	if (m2m_wait(&jpeg->m2m, 0))
		return 0;
	session_label(session, index, started, asked, CONSUMER_ACTIVE);
	jpeg->active++;
	return asked;
}

static void sleep_on(struct jpeg *jpeg, unsigned int index, struct consumer_waiter *waiter)
{
	static const enum consumer_api apis[] = { CONSUMER_POLL, CONSUMER_EPOLL, CONSUMER_SYNC };
	struct consumer_subject subject;

	consumer_subject(&subject, &jpeg->m2m, &jpeg->m2m.capture, index, 0, 0);
	must(consumer_wait_start(waiter, &subject, apis[jpeg->frame % ARRAY_SIZE(apis)], PATIENCE),
	     "waiter");
}

static void one_frame(struct jpeg *jpeg)
{
	unsigned int index = jpeg->frame % jpeg->depth;
	struct m2m_queue *capture = &jpeg->m2m.capture;
	struct reader reader = { .jpeg = jpeg, .index = index };
	struct consumer_waiter waiter = { .woke = read_all, .arg = &reader };
	struct m2m_done done, fed;
	__s64 started, running;

	paint(jpeg, index);
	must(m2m_qbuf(&jpeg->m2m.output, index, jpeg->vepu.bytes), "QBUF OUTPUT");
	started = clock_now();
	sleep_on(jpeg, index, &waiter);
	running = ask(jpeg, index, started);
	if (running && waiter.begin >= started && waiter.begin <= running) {
		waiter.state = CONSUMER_ACTIVE;
		waiter.running = running;
	}
	if (!m2m_wait(&jpeg->m2m, PATIENCE))
		ksft_exit_fail_msg("frame %u: no CAPTURE buffer\n", jpeg->frame);
	must(m2m_dqbuf(capture, &done), "DQBUF CAPTURE");
	session_ask_again(&jpeg->session, done.index, &done);
	must(m2m_dqbuf_fed(&jpeg->m2m, &fed), "DQBUF OUTPUT");
	consumer_wait_end(&waiter);
	session_ask(&jpeg->session, capture, done.index, CONSUMER_DONE);

	jpeg->wrong_order += done.index != index;
	jpeg->asleep += !waiter.woken;
	check(jpeg, &done, &fed);
	session_print_dqbuf(&jpeg->session, capture, &done);
	session_flush(&jpeg->session, "after-dqbuf");
	consumer_wait_print(&waiter);
	if (waiter.woken)
		print_pixels(jpeg, &reader, "signal", done.flags & V4L2_BUF_FLAG_ERROR);
	must(m2m_qbuf(capture, index, NULL), "QBUF CAPTURE");
	jpeg->frame++;
}

static void stream(struct jpeg *jpeg, unsigned int frames)
{
	struct m2m *m2m = &jpeg->m2m;
	unsigned int i;

	ask_all(jpeg, CONSUMER_DEQUEUED);
	for (i = 0; i < jpeg->depth; i++)
		must(m2m_qbuf(&m2m->capture, i, NULL), "QBUF CAPTURE");
	must(m2m_streamon(&m2m->capture), "STREAMON CAPTURE");
	must(m2m_streamon(&m2m->output), "STREAMON OUTPUT");
	ask_all(jpeg, CONSUMER_QUEUED);
	while (jpeg->frame < frames)
		one_frame(jpeg);
	must(m2m_streamoff(&m2m->output), "STREAMOFF OUTPUT");
	must(m2m_streamoff(&m2m->capture), "STREAMOFF CAPTURE");
	m2m_close(m2m);
}

int main(int argc, char **argv)
{
	static struct jpeg jpeg;
	__u64 depth = 2, frames = 12, errors = 0, active = 1;
	const char *from = "expbuf", *format = "YM12";
	const struct arg args[] = {
		{ .name = "from", .word = &from },
		{ .name = "format", .word = &format },
		{ .name = "depth", .number = &depth },
		{ .name = "frames", .number = &frames },
		{ .name = "errors", .number = &errors },
		{ .name = "active", .number = &active },
		{ .name = "seed", .number = &jpeg.seed },
	};

	ksft_print_header();
	if (args_parse(argc, argv, args, ARRAY_SIZE(args)))
		ksft_exit_fail_msg("bad options\n");
	if (!depth || depth > VIDEO_MAX_FRAME || !frames || strlen(format) != 4)
		ksft_exit_fail_msg("depth, frames or format out of range\n");
	jpeg.depth = depth;
	jpeg.session.random.state = jpeg.seed;
	jpeg.raw.width = 320;
	jpeg.raw.height = 240;
	jpeg.raw.pixelformat = v4l2_fourcc(format[0], format[1], format[2], format[3]);

	set_up(&jpeg, from);
	ksft_set_plan(6);
	stream(&jpeg, frames);

	ksft_test_result(!jpeg.wrong_order, "capture.streams\n");
	if (jpeg.errors != errors)
		ksft_print_msg("%u jobs failed, %llu were to\n", jpeg.errors, errors);
	ksft_test_result(jpeg.errors == errors, "capture.errors\n");
	if (jpeg.wrong_payloads)
		ksft_print_msg("%u wrong, the first of frame %u\n", jpeg.wrong_payloads,
			       jpeg.first_wrong);
	ksft_test_result(!jpeg.wrong_payloads, "capture.payload\n");
	ksft_test_result(jpeg.active >= active, "capture.active-probes\n");
	ksft_test_result(!jpeg.session.errors, "capture.probes\n");
	ksft_test_result(!jpeg.asleep, "capture.waiter\n");
	ksft_finished();
}
