// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers are queued while somebody else is still at work on them: his fence is
 * in the dma-buf of the source or of the destination, before VIDIOC_QBUF or after,
 * on one plane or on the only one. He writes to the source until he signals, and
 * looks at the destination until then. What the device did meanwhile, and what
 * came of the job, is printed for each round; whether it had to wait is not for
 * the program to say.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/dma-buf.h>

#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "must.h"
#include "observe.h"
#include "workload.h"

/* What nobody draws. */
#define SCRIBBLE	0xa5

enum added {
	/* Before the buffer is queued. */
	BEFORE,
	/* The buffer waits for another fence already, which signals first. */
	LATER,
	/* To the one buffer, while the other one, queued after it, is free. */
	IN_FRONT,
};

struct round {
	bool source;
	bool writes;
	enum added added;
	bool fails;
};

static const struct round rounds[] = {
	{ .source = true, .writes = true },
	{ .source = true, .writes = false },
	{ .source = false, .writes = true },
	{ .source = false, .writes = false },
	{ .source = true, .writes = true, .added = LATER },
	{ .source = false, .writes = false, .added = LATER },
	{ .source = true, .writes = true, .added = IN_FRONT },
	{ .source = false, .writes = false, .added = IN_FRONT },
	{ .source = true, .writes = true, .fails = true },
	{ .source = false, .writes = false, .fails = true },
};

struct busy {
	struct copy copy;
	unsigned int rounds;
};

/* What was seen of one round. */
struct held {
	const struct round *round;
	unsigned int buffer;
	unsigned int sequence;
	unsigned int plane;
	__s64 queueing;
	bool used;
	size_t changed;
	bool done;
	bool in_order;
	bool failed;
	bool wrong;
};

static const char *added_name(enum added added)
{
	static const char * const names[] = {
		[BEFORE] = "before", [LATER] = "later", [IN_FRONT] = "in-front",
	};

	return names[added];
}

static void print(const struct busy *busy, const struct held *held)
{
	const struct m2m *m2m = &busy->copy.m2m;
	struct observation seen;

	observe_begin(&seen, "held");
	observe_word(&seen, "driver", m2m->driver);
	observe_word(&seen, "queue", held->round->source ? "output" : "capture");
	observe_number(&seen, "buffer", held->buffer);
	observe_number(&seen, "sequence", held->sequence);
	observe_number(&seen, "plane", held->plane);
	observe_word(&seen, "by", held->round->writes ? "writer" : "reader");
	observe_word(&seen, "added", added_name(held->round->added));
	observe_word(&seen, "ends", held->round->fails ? "error" : "signal");
	observe_number(&seen, "queueing", held->queueing);
	observe_word(&seen, "seen", held->used ? "used" : "left");
	observe_number(&seen, "changed", held->changed);
	observe_word(&seen, "then", held->done ? "done" : "timeout");
	if (held->done) {
		observe_word(&seen, "order", held->in_order ? "kept" : "changed");
		observe_number(&seen, "error-flag", held->failed);
		observe_number(&seen, "wrong", held->wrong);
	}
	observe_end(&seen);
}

/* All planes of a buffer, one after the other, as they are. */
struct content {
	size_t size;
	__u8 *bytes;
};

static struct content content_of(const struct m2m_buffer *buffer)
{
	struct content content = { 0 };
	size_t at = 0;
	unsigned int i;

	for (i = 0; i < buffer->planes; i++)
		content.size += buffer->plane[i].size;
	content.bytes = malloc(content.size);
	if (!content.bytes)
		abort();
	for (i = 0; i < buffer->planes; i++) {
		memcpy(content.bytes + at, buffer->plane[i].map, buffer->plane[i].size);
		at += buffer->plane[i].size;
	}
	return content;
}

/* How many bytes are not what they were. */
static size_t changed_since(const struct content *before, const struct m2m_buffer *buffer)
{
	struct content now = content_of(buffer);
	size_t i, changed = 0;

	for (i = 0; i < now.size; i++)
		changed += now.bytes[i] != before->bytes[i];
	free(now.bytes);
	return changed;
}

static void put_back(const struct content *content, struct m2m_buffer *buffer)
{
	size_t at = 0;
	unsigned int i;

	for (i = 0; i < buffer->planes; i++) {
		memcpy(buffer->plane[i].map, content->bytes + at, buffer->plane[i].size);
		at += buffer->plane[i].size;
	}
}

static void scribble(struct m2m_buffer *buffer)
{
	unsigned int i;

	for (i = 0; i < buffer->planes; i++)
		memset(buffer->plane[i].map, SCRIBBLE, buffer->plane[i].size);
}

/* 1 if the job of a buffer was over before @nsec had passed. */
static bool watch(struct busy *busy, __s64 nsec)
{
	return m2m_wait(&busy->copy.m2m, nsec) > 0;
}

static void attach(struct busy *busy, struct m2m_buffer *buffer, unsigned int plane,
		   bool writes)
{
	/* Who asks about the dma-buf then has to wait for him, too. */
	buffer->plane[plane].foreign = "pending";
	must(foreign_attach_as(&busy->copy.foreign, buffer->plane[plane].dmabuf[0],
			       writes ? DMA_BUF_SYNC_WRITE : DMA_BUF_SYNC_READ), "attach");
}

/* His last fence: his work is done, or has failed. */
static void end(struct busy *busy, bool fails)
{
	struct foreign *foreign = &busy->copy.foreign;

	if (!fails) {
		must(foreign_signal(foreign), "signal");
		return;
	}
	foreign_close(foreign);
	must(foreign_open(foreign), "sw_sync");
}

/* One or two jobs, and it is a buffer of the first that he is at work on. */
static void feed(struct busy *busy, struct held *held, unsigned int count)
{
	struct copy *copy = &busy->copy;
	__s64 begin, took;
	unsigned int i;

	for (i = 0; i < count; i++) {
		unsigned int index = copy->fed % copy->depth;

		begin = clock_now();
		must(m2m_qbuf(&copy->m2m.capture, index, NULL), "QBUF CAPTURE");
		must(copy_feed(copy, index), "QBUF OUTPUT");
		took = clock_now() - begin;
		if (took > held->queueing)
			held->queueing = took;
	}
}

static void finish(struct busy *busy, struct held *held, unsigned int count)
{
	struct copy *copy = &busy->copy;
	unsigned int order = copy->wrong_order, wrong = copy->wrong_pictures, i;

	held->done = true;
	for (i = 0; i < count; i++) {
		unsigned int index = copy->frame % copy->depth;
		int ret = copy_finish(copy, index);

		if (ret == -ETIME) {
			held->done = false;
			return;
		}
		must(ret, "job");
		if (!i) {
			held->failed = copy->failed;
			held->wrong = copy->wrong_pictures != wrong;
		}
	}
	held->in_order = copy->wrong_order == order;
}

/* Said before anything can go wrong: a program that hangs says nothing more. */
static void print_beginning(const struct busy *busy, const struct round *round)
{
	struct observation seen;

	observe_begin(&seen, "holding");
	observe_word(&seen, "driver", busy->copy.m2m.driver);
	observe_word(&seen, "queue", round->source ? "output" : "capture");
	observe_word(&seen, "by", round->writes ? "writer" : "reader");
	observe_word(&seen, "added", added_name(round->added));
	observe_end(&seen);
}

static bool one_round(struct busy *busy, const struct round *round, unsigned int plane)
{
	struct copy *copy = &busy->copy;
	unsigned int index = copy->fed % copy->depth;
	unsigned int count = round->added == IN_FRONT ? 2 : 1;
	struct m2m_buffer *source = &copy->m2m.output.buffer[index];
	struct m2m_buffer *destination = &copy->m2m.capture.buffer[index];
	struct m2m_buffer *buffer = round->source ? source : destination;
	struct held held = {
		.round = round, .buffer = index, .sequence = copy->frame, .plane = plane,
	};
	struct content drawn, shown;
	__s64 begin;

	print_beginning(busy, round);
	attach(busy, buffer, plane, round->writes || round->added == LATER);
	begin = clock_now();
	feed(busy, &held, count);
	/* Programs may leave marks where nothing has been drawn yet. */
	shown = content_of(destination);
	drawn = content_of(source);
	if (round->source && round->writes)
		scribble(source);
	session_ask(&copy->session, &copy->m2m.capture, index, CONSUMER_UNSURE);
	if (round->added == LATER) {
		attach(busy, buffer, plane, round->writes);
		held.used = watch(busy, 0);
		must(foreign_step(&copy->foreign, 1), "signal");
	}
	held.used = watch(busy, copy->job + WORKLOAD_WATCHED) || held.used;
	if (!held.used)
		session_label(&copy->session, index, begin, clock_now(), CONSUMER_QUEUED);
	held.changed = changed_since(&shown, destination);
	if (round->source && round->writes)
		put_back(&drawn, source);
	end(busy, round->fails);
	buffer->plane[plane].foreign = "signaled";
	copy->started = clock_now();
	if (!held.used)
		copy_ask_once(copy, index);
	finish(busy, &held, count);
	free(drawn.bytes);
	free(shown.bytes);
	print(busy, &held);
	busy->rounds++;
	return held.done;
}

static unsigned int planes_of(const struct copy *copy, const struct round *round)
{
	return round->source ? copy->output.planes : copy->format.planes;
}

int main(int argc, char **argv)
{
	static struct busy busy;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 40,
	};
	struct copy *copy = &busy.copy;
	unsigned int i, plane, wanted = 0;
	bool going = true;

	workload_begin(&options, argc, argv, NULL, 0);
	workload_open(copy, &options);
	must(foreign_open(&copy->foreign), "sw_sync");

	ksft_set_plan(2);
	must(copy_start(copy), "start");
	/* Something is on the screen; from now on CAPTURE buffers are queued with the jobs. */
	for (i = 0; i < copy->depth; i++) {
		must(copy_feed(copy, i), "QBUF OUTPUT");
		must(copy_finish(copy, i), "job");
	}
	for (i = 0; i < ARRAY_SIZE(rounds); i++) {
		for (plane = 0; plane < planes_of(copy, &rounds[i]) && going; plane++)
			going = one_round(&busy, &rounds[i], plane);
		wanted += planes_of(copy, &rounds[i]);
	}
	copy_close(copy);

	ksft_test_result(busy.rounds == wanted, "busy.rounds\n");
	ksft_test_result(!copy->session.errors, "busy.probes\n");
	ksft_finished();
}
