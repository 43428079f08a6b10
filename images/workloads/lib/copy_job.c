// SPDX-License-Identifier: GPL-2.0-only
/*
 * One job: fed, asked about, waited for, taken back.
 *
 * When a buffer's job runs is told in two ways. If the call that feeds it
 * returns at once, the job runs from then until the buffer can be dequeued. If
 * the job runs within the call, and takes at least T, and the call was made at F
 * and returned at R, then it ran from R - T until F + T.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/dma-buf.h>

#include "call.h"
#include "copy.h"
#include "observe.h"
#include "record.h"
#include "request.h"

/* Calls are made in the order of copy_feed(). */
static void *make_call(void *arg)
{
	struct copy_call *call = arg;
	struct copy *copy = call->copy;

	if (call->before)
		pthread_join(call->before->thread, NULL);
	call->begin = clock_now();
	call->ret = copy->device->start(copy, call->index);
	call->end = clock_now();
	return NULL;
}

static int start_call(struct copy *copy, unsigned int index)
{
	struct copy_call *call = &copy->call[index];
	int ret;

	*call = (struct copy_call){ .copy = copy, .index = index, .before = copy->last_call };
	ret = -pthread_create(&call->thread, NULL, make_call, call);
	if (ret)
		return ret;
	call->running = true;
	copy->last_call = call;
	return 0;
}

int copy_feed(struct copy *copy, unsigned int index)
{
	const struct device *device = copy->device;
	int ret = 0;

	if (!copy->source)
		copy->payload[index] = device->fill(copy, index);
	if (device->prepare)
		ret = device->prepare(copy, index);
	if (ret)
		return ret;
	ret = device->blocks ? start_call(copy, index) : device->start(copy, index);
	copy->started = clock_now();
	copy->running = 0;
	copy->asked = false;
	if (!ret)
		copy->fed++;
	return ret;
}

/* The job of CAPTURE buffer @index runs, and so it did when probes so far were asked. */
static void note(struct copy *copy, unsigned int index)
{
	__s64 now = clock_now();

	if (copy->device->blocks || m2m_wait(&copy->m2m, 0))
		return;
	copy->running = now;
	session_label(&copy->session, index, copy->started, now, CONSUMER_ACTIVE);
}

static void ask(struct copy *copy, unsigned int index, __s64 after)
{
	clock_sleep_until(copy->started + after);
	session_ask(&copy->session, &copy->m2m.capture, index, CONSUMER_UNSURE);
	if (!copy->options.input)
		session_ask_source(&copy->session, &copy->m2m.output, index);
	note(copy, index);
	copy->asked = true;
}

void copy_ask(struct copy *copy, unsigned int index)
{
	unsigned int part;

	for (part = 1; part < COPY_PARTS; part++)
		ask(copy, index, copy->job * part / COPY_PARTS);
}

void copy_ask_once(struct copy *copy, unsigned int index)
{
	/* What is asked at the very beginning of a call may have come before its job. */
	ask(copy, index, copy->device->blocks ? copy->job / 2 : copy->job / COPY_PARTS);
}

void copy_look_again(struct copy *copy)
{
	clock_sleep_until(copy->started + copy->job * (COPY_PARTS - 1) / COPY_PARTS);
	if (copy->device->blocks)
		return;
	copy->running = clock_now();
	if (m2m_wait(&copy->m2m, 0))
		copy->running = 0;
}

static void end_calls(struct copy *copy)
{
	unsigned int i;

	/* The last call waited for the one before it, and so on. */
	if (copy->last_call)
		pthread_join(copy->last_call->thread, NULL);
	copy->last_call = NULL;
	for (i = 0; i < copy->depth; i++)
		copy->call[i].running = false;
}

int copy_settle(struct copy *copy, unsigned int index)
{
	const struct copy_call *call = &copy->call[index];
	bool within = call->running;

	end_calls(copy);
	/* A call that returned sooner did not do the job. */
	if (within && call->end - call->begin >= copy->job) {
		copy->started = call->end - copy->job;
		copy->running = call->begin + copy->job;
		session_label(&copy->session, index, copy->started, copy->running,
			      CONSUMER_ACTIVE);
	}
	if (copy->asked)
		copy->uncertain += !session_covered(&copy->session, &copy->m2m.capture, index,
						    CONSUMER_ACTIVE);
	copy->asked = false;
	return call->ret;
}

int copy_wait_start(struct copy *copy, unsigned int index, enum consumer_api api,
		    struct consumer_waiter *waiter)
{
	struct consumer_subject subject;

	consumer_subject(&subject, &copy->m2m, &copy->m2m.capture, index, 0, 0);
	return consumer_wait_start(waiter, &subject, api, copy->job + COPY_PATIENCE);
}

void copy_label_wait(struct copy *copy, struct consumer_waiter *waiter)
{
	copy_settle(copy, waiter->subject.buffer);
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

/* Buffers are fed in turn, so this one held the picture of one round ago. */
int copy_before(const struct copy *copy, unsigned int frame)
{
	return frame < copy->depth ? -1 : (int)(frame - copy->depth);
}

/* Bytes that are not those which come of what the source was to leave in the buffer. */
static size_t wrong_of_source(const struct copy *copy, const struct m2m_buffer *buffer)
{
	unsigned int i, index = buffer - copy->m2m.capture.buffer;
	const struct copy *source = copy->source;
	void *plane[M2M_PLANES_MAX] = { 0 };
	size_t wrong;

	for (i = 0; i < source->format.planes; i++) {
		plane[i] = malloc(source->format.sizeimage[i]);
		if (!plane[i])
			abort();
	}
	source->device->draw(source, copy->shows[index], plane);
	wrong = copy->device->differs(copy, buffer, plane);
	while (i)
		free(plane[--i]);
	return wrong;
}

/* Tell who has the memory that the CPU is about to read it, or is through. */
static void announce(const struct copy *copy, const struct m2m_buffer *buffer, __u64 what)
{
	struct dma_buf_sync access = { .flags = what | DMA_BUF_SYNC_READ };
	unsigned int i;

	for (i = 0; copy->options.announce && i < buffer->planes; i++) {
		if (call_device(buffer->plane[i].dmabuf[0], DMA_BUF_IOCTL_SYNC, &access))
			abort();
	}
}

void copy_look_announced(const struct copy *copy, const struct m2m_buffer *buffer,
			 unsigned int frame, struct picture *picture)
{
	const void *pixels = buffer->plane[0].map;
	size_t size = copy->format.sizeimage[0];

	if (copy->source)
		picture_judge(picture, pixels, size, wrong_of_source(copy, buffer));
	else if (copy->device->wrong)
		picture_judge(picture, pixels, size, copy->device->wrong(copy, buffer, frame));
	else
		picture_look(picture, pixels, size, copy->seed, frame, copy_before(copy, frame));
}

void copy_look(const struct copy *copy, const struct m2m_buffer *buffer, unsigned int frame,
	       struct picture *picture)
{
	announce(copy, buffer, DMA_BUF_SYNC_START);
	copy_look_announced(copy, buffer, frame, picture);
	announce(copy, buffer, DMA_BUF_SYNC_END);
}

void copy_print_pixels(const struct copy *copy, unsigned int index, const char *at,
		       const struct picture *picture)
{
	struct consumer_subject subject;

	consumer_subject(&subject, &copy->m2m, &copy->m2m.capture, index, 0, 0);
	picture_print(picture, &subject, at);
}

/* Who polls a request is told when its CAPTURE buffer is done, and not before. */
static void look_after_request(const struct copy *copy, unsigned int index)
{
	if (request_completes(copy->request[index], copy->job + COPY_PATIENCE))
		session_look(&copy->session, index, "after-request");
}

/* Who waits for the fence of a CAPTURE buffer may read it at once; false: he was not told. */
static bool read_at_signal(const struct copy *copy, unsigned int index, struct picture *picture)
{
	int sync_file = session_pending(&copy->session, index);

	if (sync_file < 0 || copy->unawaited ||
	    fence_wait(sync_file, (copy->job + COPY_PATIENCE) / NSEC_PER_MSEC) <= 0 ||
	    !fence_is_good(sync_file))
		return false;
	copy_look(copy, &copy->m2m.capture.buffer[index], copy->frame, picture);
	return true;
}

/*
 * What the other ways to be told of the end of the job say before VIDIOC_DQBUF does:
 * one of them, because who is told one thing last cannot see what came before. As
 * read_at_signal().
 */
static bool be_told(const struct copy *copy, unsigned int index, struct picture *picture)
{
	/* Where jobs run within calls, even asking may take until the end of the job. */
	if (!copy->device->blocks && m2m_wait(&copy->m2m, 0))
		return false;
	if (!copy->requested[index] || copy->frame % 2)
		return read_at_signal(copy, index, picture);
	look_after_request(copy, index);
	return false;
}

int copy_finish(struct copy *copy, unsigned int index)
{
	struct session *session = &copy->session;
	struct picture picture, told;
	struct m2m_done done, fed;
	bool read;
	int ret;

	read = be_told(copy, index, &told);
	if (!m2m_wait(&copy->m2m, copy->job + COPY_PATIENCE))
		return -ETIME;
	ret = m2m_dqbuf(&copy->m2m.capture, &done);
	if (ret)
		return ret;
	session_ask_again(session, done.index, &done);
	ret = copy_settle(copy, index);
	if (!ret)
		ret = m2m_dqbuf_fed(&copy->m2m, &fed);
	if (ret)
		return ret;
	session_ask(session, &copy->m2m.capture, done.index, CONSUMER_DONE);

	copy->failed = (done.flags | fed.flags) & V4L2_BUF_FLAG_ERROR;
	copy->errors += copy->failed;
	copy->wrong_order += done.index != index ||
			     (!copy->unnumbered && done.sequence != copy->frame);
	if (read && !copy->failed)
		copy_print_pixels(copy, index, "signal", &told);
	if (read && !told.wrong_bytes)
		picture = told;
	else
		copy_look(copy, &copy->m2m.capture.buffer[index], copy->frame, &picture);
	copy->wrong_pictures += !!picture.wrong_bytes;
	if (!copy->failed && !copy->unawaited)
		record_pixels(copy->m2m.fd, copy->m2m.capture.type, index, picture.wrong_bytes,
			      copy->format.sizeimage[0]);
	session_print_dqbuf(session, &copy->m2m.capture, &done);
	session_flush(session, "after-dqbuf");
	copy->flags = done.flags;
	copy->frame++;
	return 0;
}

int copy_come_back(struct copy *copy)
{
	struct m2m_done done, fed;
	struct picture picture;
	int ret;

	if (!m2m_wait(&copy->m2m, copy->job + COPY_PATIENCE))
		return -ETIME;
	ret = m2m_dqbuf(&copy->m2m.capture, &done);
	if (!ret)
		ret = m2m_dqbuf_fed(&copy->m2m, &fed);
	if (ret)
		return ret;
	if ((done.flags | fed.flags) & V4L2_BUF_FLAG_ERROR)
		return -EIO;
	copy_look(copy, &copy->m2m.capture.buffer[done.index], 0, &picture);
	return picture.wrong_bytes ? -EILSEQ : 0;
}
