// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "copy.h"
#include "exporter.h"
#include "observe.h"
#include "pattern.h"
#include "picture.h"

static int set_formats(struct copy *copy)
{
	struct m2m_format format = {
		.width = 320,
		.height = 240,
		.pixelformat = V4L2_PIX_FMT_RGB565,
	};
	int ret;

	ret = m2m_set_format(&copy->m2m.output, &format);
	copy->format = format;
	if (!ret)
		ret = m2m_set_format(&copy->m2m.capture, &format);
	/* Equal formats and sizes make the driver's job a copy. */
	if (!ret && (memcmp(&format, &copy->format, sizeof(format)) || format.planes != 1))
		ret = -EINVAL;
	return ret;
}

static int import(struct copy *copy, const char *from)
{
	size_t size = copy->format.sizeimage[0];
	int dmabuf[COPY_DEPTH_MAX];
	unsigned int i;

	for (i = 0; i < copy->depth; i++) {
		dmabuf[i] = exporter_allocate(from, size);
		if (dmabuf[i] < 0)
			return dmabuf[i];
	}
	return m2m_import(&copy->m2m.capture, dmabuf, copy->depth, size);
}

static void call_foreign(struct copy *copy, const char *foreign)
{
	unsigned int i;

	for (i = 0; i < copy->depth; i++)
		copy->m2m.capture.buffer[i].plane[0].foreign = foreign;
}

int copy_foreign_signal(struct copy *copy)
{
	call_foreign(copy, "signaled");
	return foreign_signal(&copy->foreign);
}

static int attach_foreign(struct copy *copy, const char *kind)
{
	const struct m2m_queue *capture = &copy->m2m.capture;
	unsigned int i;
	int ret;

	if (!strcmp(kind, "none"))
		return 0;
	ret = foreign_open(&copy->foreign);
	for (i = 0; i < copy->depth && !ret; i++)
		ret = foreign_attach(&copy->foreign, capture->buffer[i].plane[0].dmabuf[0]);
	if (ret)
		return ret;
	call_foreign(copy, "pending");
	return strcmp(kind, "pending") ? copy_foreign_signal(copy) : 0;
}

static int set_up_memory(struct copy *copy, const char *from)
{
	struct m2m *m2m = &copy->m2m;
	int ret;

	ret = m2m_allocate(&m2m->output, copy->depth);
	if (ret)
		return ret;
	if (strcmp(from, "expbuf")) {
		ret = import(copy, from);
	} else {
		ret = m2m_allocate(&m2m->capture, copy->depth);
		if (!ret)
			ret = m2m_export(&m2m->capture);
	}
	if (!ret && (m2m->output.buffers != copy->depth || m2m->capture.buffers != copy->depth))
		ret = -ENOSPC;
	return ret;
}

int copy_open(struct copy *copy, const struct copy_options *options, const char **what)
{
	int ret;

	memset(copy, 0, sizeof(*copy));
	copy->seed = options->seed;
	copy->depth = options->depth;
	copy->job = options->msec * NSEC_PER_MSEC;
	copy->session.m2m = &copy->m2m;
	copy->session.random.state = options->seed;
	copy->foreign.timeline = -1;
	*what = "depth";
	if (!copy->depth || copy->depth > COPY_DEPTH_MAX)
		return -EINVAL;

	*what = options->driver;
	ret = m2m_open(&copy->m2m, options->driver, 0);
	if (ret)
		return ret;
	*what = "job time";
	ret = m2m_set_job_time(&copy->m2m, options->msec);
	if (ret)
		return ret;
	*what = "formats";
	ret = set_formats(copy);
	if (ret)
		return ret;
	*what = options->from;
	ret = set_up_memory(copy, options->from);
	if (ret)
		return ret;
	*what = "foreign fence";
	return attach_foreign(copy, options->foreign);
}

int copy_start(struct copy *copy)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < copy->depth && !ret; i++)
		ret = m2m_qbuf(&copy->m2m.capture, i, NULL);
	if (!ret)
		ret = m2m_streamon(&copy->m2m.capture);
	if (!ret)
		ret = m2m_streamon(&copy->m2m.output);
	return ret;
}

int copy_feed(struct copy *copy, unsigned int index)
{
	struct m2m_queue *output = &copy->m2m.output;
	int ret;

	pattern_fill(output->buffer[index].plane[0].map, copy->format.sizeimage[0], copy->seed,
		     copy->fed, 0);
	ret = m2m_qbuf(output, index, copy->format.sizeimage);
	copy->started = clock_now();
	copy->running = 0;
	if (!ret)
		copy->fed++;
	return ret;
}

void copy_ask(struct copy *copy, unsigned int index)
{
	struct session *session = &copy->session;
	unsigned int part;
	__s64 asked;

	for (part = 1; part < COPY_PARTS; part++) {
		clock_sleep_until(copy->started + copy->job * part / COPY_PARTS);
		session_ask(session, &copy->m2m.capture, index, CONSUMER_UNSURE);
		asked = clock_now();
		if (m2m_wait(&copy->m2m, 0))
			break;
		copy->running = asked;
		session_label(session, index, copy->started, asked, CONSUMER_ACTIVE);
	}
	copy->uncertain += !copy->running;
}

int copy_wait_start(struct copy *copy, unsigned int index, enum consumer_api api,
		    struct consumer_waiter *waiter)
{
	struct consumer_subject subject;

	consumer_subject(&subject, &copy->m2m, &copy->m2m.capture, index, 0, 0);
	return consumer_wait_start(waiter, &subject, api, copy->job + COPY_PATIENCE);
}

/* Buffers are fed in turn, so this one held the picture of one round ago. */
int copy_before(const struct copy *copy, unsigned int frame)
{
	return frame < copy->depth ? -1 : (int)(frame - copy->depth);
}

void copy_look(const struct copy *copy, unsigned int index, unsigned int frame,
	       struct picture *picture)
{
	picture_look(picture, copy->m2m.capture.buffer[index].plane[0].map,
		     copy->format.sizeimage[0], copy->seed, frame, copy_before(copy, frame));
}

void copy_print_pixels(const struct copy *copy, unsigned int index, const char *at,
		       const struct picture *picture)
{
	struct consumer_subject subject;

	consumer_subject(&subject, &copy->m2m, &copy->m2m.capture, index, 0, 0);
	picture_print(picture, &subject, at);
}

void copy_ask_once(struct copy *copy, unsigned int index)
{
	struct session *session = &copy->session;

	clock_sleep_until(copy->started + copy->job / COPY_PARTS);
	session_ask(session, &copy->m2m.capture, index, CONSUMER_UNSURE);
	copy->running = clock_now();
	if (m2m_wait(&copy->m2m, 0))
		copy->uncertain++;
	else
		session_label(session, index, copy->started, copy->running, CONSUMER_ACTIVE);
}

void copy_look_again(struct copy *copy)
{
	clock_sleep_until(copy->started + copy->job * (COPY_PARTS - 1) / COPY_PARTS);
	copy->running = clock_now();
	if (m2m_wait(&copy->m2m, 0))
		copy->running = 0;
}

void copy_label_wait(const struct copy *copy, struct consumer_waiter *waiter)
{
	if (waiter->begin < copy->started || waiter->begin > copy->running)
		return;
	waiter->state = CONSUMER_ACTIVE;
	waiter->running = copy->running;
}

void copy_print_dequeueable(struct copy *copy, unsigned int index, __s64 begin)
{
	bool ready = m2m_wait(&copy->m2m, copy->job + COPY_PATIENCE);
	struct consumer_subject subject;
	struct observation seen;

	consumer_subject(&subject, &copy->m2m, &copy->m2m.capture, index, 0, 0);
	observe_begin(&seen, "dequeueable");
	consumer_add_subject(&seen, &subject);
	observe_word(&seen, "seen", ready ? "ready" : "timeout");
	observe_number(&seen, "begin", begin);
	observe_number(&seen, "end", clock_now());
	observe_end(&seen);
}

int copy_finish(struct copy *copy, unsigned int index)
{
	struct session *session = &copy->session;
	struct m2m_done done, fed;
	struct picture picture;
	int ret;

	if (!m2m_wait(&copy->m2m, copy->job + COPY_PATIENCE))
		return -ETIME;
	ret = m2m_dqbuf(&copy->m2m.capture, &done);
	if (ret)
		return ret;
	session_ask_again(session, done.index, &done);
	ret = m2m_dqbuf(&copy->m2m.output, &fed);
	if (ret)
		return ret;
	session_ask(session, &copy->m2m.capture, done.index, CONSUMER_DONE);

	copy->errors += !!((done.flags | fed.flags) & V4L2_BUF_FLAG_ERROR);
	copy->wrong_order += done.index != index || done.sequence != copy->frame;
	copy_look(copy, index, copy->frame, &picture);
	copy->wrong_pictures += !!picture.wrong_bytes;
	session_print_dqbuf(session, &copy->m2m.capture, &done);
	session_flush(session, "after-dqbuf");
	copy->frame++;
	return 0;
}

void copy_close(struct copy *copy)
{
	m2m_streamoff(&copy->m2m.output);
	m2m_streamoff(&copy->m2m.capture);
	m2m_close(&copy->m2m);
	if (copy->foreign.timeline >= 0)
		foreign_close(&copy->foreign);
}
