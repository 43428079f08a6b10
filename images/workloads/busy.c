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
	/* The buffer is free and waits for its turn: a job of another file runs. */
	IN_TURN,
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
	{ .source = true, .writes = true, .added = IN_TURN },
	{ .source = false, .writes = false, .added = IN_TURN },
};

struct busy {
	struct copy copy;
	/* Another file of the device, where a call does not return before its job is done. */
	struct copy other;
	unsigned int rounds;
	/* Rounds in which he came too late. */
	unsigned int late;
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
		[IN_TURN] = "in-turn",
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

/* Nothing is known of a round that has begun. */
static void print_end(const struct busy *busy)
{
	struct observation seen;

	observe_begin(&seen, "let-go");
	observe_word(&seen, "driver", busy->copy.m2m.driver);
	observe_end(&seen);
}

static void finish_other(struct busy *busy, unsigned int index)
{
	struct copy *other = &busy->other;

	must(copy_finish(other, index), "job of the other file");
	must(m2m_qbuf(&other->m2m.capture, index, NULL), "QBUF CAPTURE of the other file");
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
	unsigned int other = busy->other.depth ? busy->other.frame % busy->other.depth : 0;
	struct content drawn, shown;
	bool late = false;
	__s64 begin;

	print_beginning(busy, round);
	if (round->added == IN_TURN)
		must(copy_feed(&busy->other, other), "QBUF OUTPUT of the other file");
	else
		attach(busy, buffer, plane, round->writes || round->added == LATER);
	begin = clock_now();
	feed(busy, &held, count);
	if (round->added == IN_TURN) {
		attach(busy, buffer, plane, round->writes);
		late = m2m_wait(&busy->other.m2m, 0);
	}
	/* Programs may leave marks where nothing has been drawn yet. */
	shown = content_of(destination);
	drawn = content_of(source);
	if (round->source && round->writes && !late)
		scribble(source);
	session_ask(&copy->session, &copy->m2m.capture, index, CONSUMER_UNSURE);
	if (round->added == LATER) {
		attach(busy, buffer, plane, round->writes);
		held.used = watch(busy, 0);
		must(foreign_step(&copy->foreign, 1), "signal");
	}
	if (round->added == IN_TURN)
		finish_other(busy, other);
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
	if (late)
		print_end(busy);
	else
		print(busy, &held);
	busy->late += late;
	busy->rounds++;
	return held.done;
}

/*
 * The driver did not opt in with this queue: nothing is to be different, and nothing
 * is drawn late, for the device does not wait for it.
 */
static bool one_free_round(struct busy *busy, bool writes)
{
	static const struct round round = { .source = true };
	struct copy *copy = &busy->copy;
	unsigned int index = copy->fed % copy->depth;
	struct m2m_buffer *source = &copy->m2m.output.buffer[index];
	struct held held = { .round = &round };
	struct observation seen;

	attach(busy, source, 0, writes);
	feed(busy, &held, 1);
	held.used = watch(busy, copy->job + WORKLOAD_WATCHED);
	end(busy, false);
	source->plane[0].foreign = "signaled";
	finish(busy, &held, 1);
	observe_begin(&seen, "not-opted-in");
	observe_word(&seen, "driver", copy->m2m.driver);
	observe_word(&seen, "queue", "output");
	observe_word(&seen, "by", writes ? "writer" : "reader");
	observe_word(&seen, "seen", held.used ? "used" : "left");
	observe_end(&seen);
	busy->rounds++;
	return held.done;
}

/* How many rounds of a kind there are: one for each plane. */
static unsigned int times(const struct busy *busy, const struct round *round)
{
	const struct copy *copy = &busy->copy;

	if (round->added == IN_TURN && copy->device->blocks)
		return 0;
	return round->source ? copy->output.planes : copy->format.planes;
}

static void open_other(struct busy *busy, const struct copy_options *options)
{
	struct copy *other = &busy->other;
	const char *what;

	if (busy->copy.device->blocks)
		return;
	must(copy_open(other, options, &what), what);
	other->m2m.instance = 1;
	must(copy_start(other), "start of the other file");
}

/* Whether all rounds came to their end. */
static bool all_rounds(struct busy *busy)
{
	unsigned int i, plane, wanted = 0;
	bool going = true;

	for (i = 0; i < ARRAY_SIZE(rounds); i++) {
		for (plane = 0; plane < times(busy, &rounds[i]) && going; plane++)
			going = one_round(busy, &rounds[i], plane);
		wanted += times(busy, &rounds[i]);
	}
	return busy->rounds == wanted;
}

static bool all_free_rounds(struct busy *busy)
{
	return one_free_round(busy, true) && one_free_round(busy, false);
}

int main(int argc, char **argv)
{
	static struct busy busy;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 40,
	};
	__u64 opted_in = 1;
	const struct arg args[] = {
		{ .name = "opted-in", .number = &opted_in },
	};
	struct copy *copy = &busy.copy;
	unsigned int i;
	bool all;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(copy, &options);
	must(foreign_open(&copy->foreign), "sw_sync");
	if (opted_in)
		open_other(&busy, &options);

	ksft_set_plan(2);
	must(copy_start(copy), "start");
	/* Something is on the screen; from now on CAPTURE buffers are queued with the jobs. */
	for (i = 0; i < copy->depth; i++) {
		must(copy_feed(copy, i), "QBUF OUTPUT");
		must(copy_finish(copy, i), "job");
	}
	all = opted_in ? all_rounds(&busy) : all_free_rounds(&busy);
	copy_close(copy);
	if (busy.other.depth)
		copy_close(&busy.other);
	if (busy.late)
		ksft_print_msg("too late for %u turns\n", busy.late);

	ksft_test_result(all, "busy.rounds\n");
	ksft_test_result(!copy->session.errors, "busy.probes\n");
	ksft_finished();
}
