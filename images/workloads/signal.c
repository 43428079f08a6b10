// SPDX-License-Identifier: GPL-2.0-only
/*
 * A consumer sleeps until it is told that a buffer can be read, reads it at
 * once, and compares every byte. Only then does the producer ask its own file
 * whether the buffer can be dequeued.
 */
#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "must.h"
#include "workload.h"

struct reader {
	const struct copy *copy;
	unsigned int index;
	unsigned int frame;
	const struct consumer_waiter *waiter;
	struct picture picture;
};

static void read_all(void *arg)
{
	struct reader *reader = arg;
	const struct m2m_buffer *buffer = &reader->copy->m2m.capture.buffer[reader->index];

	/* The call that waited is the one that tells who has the memory. */
	if (reader->waiter->api == CONSUMER_SYNC)
		copy_look_announced(reader->copy, buffer, reader->frame, &reader->picture);
	else
		copy_look(reader->copy, buffer, reader->frame, &reader->picture);
}

/* The sync_file of a probe that saw a pending fence; -1 if none did. */
static int pending_fence(const struct copy *copy)
{
	const struct session *session = &copy->session;
	unsigned int i;

	for (i = 0; i < session->probes; i++) {
		if (session->probe[i].id && !session->probe[i].fence.status)
			return session->probe[i].sync_file;
	}
	return -1;
}

static int sleep_on(struct copy *copy, unsigned int index, struct consumer_waiter *waiter)
{
	static const enum consumer_api apis[] = {
		CONSUMER_SYNC_FILE, CONSUMER_POLL, CONSUMER_EPOLL, CONSUMER_SYNC,
	};
	enum consumer_api api = apis[copy->frame % ARRAY_SIZE(apis)];
	struct consumer_subject subject;
	int sync_file = pending_fence(copy);

	/* Without a fence there is no sync_file that tells anything. */
	if (api == CONSUMER_SYNC_FILE && sync_file < 0)
		api = CONSUMER_POLL;
	consumer_subject(&subject, &copy->m2m, &copy->m2m.capture, index, 0, 0);
	if (api == CONSUMER_SYNC_FILE)
		subject.dmabuf = sync_file;
	return consumer_wait_start(waiter, &subject, api, copy->job + COPY_PATIENCE);
}

/* Returns whether the consumer was told. */
static bool one_frame(struct copy *copy)
{
	unsigned int index = copy->frame % copy->depth;
	struct consumer_waiter waiter = { .woke = read_all };
	struct reader reader = {
		.copy = copy, .index = index, .frame = copy->frame, .waiter = &waiter,
	};

	waiter.arg = &reader;
	must(copy_feed(copy, index), "QBUF OUTPUT");
	copy_ask_once(copy, index);
	must(sleep_on(copy, index, &waiter), "waiter");
	copy_look_again(copy);
	consumer_wait_end(&waiter);
	copy_label_wait(copy, &waiter);
	copy_print_dequeueable(copy, index, waiter.end);
	consumer_wait_print(&waiter);
	if (waiter.woken)
		copy_print_pixels(copy, index, "signal", &reader.picture);
	must(copy_finish(copy, index), "job");
	must(m2m_qbuf(&copy->m2m.capture, index, NULL), "QBUF CAPTURE");
	return waiter.woken;
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 40,
	};
	__u64 frames = 8;
	const struct arg args[] = {
		{ .name = "frames", .number = &frames },
	};
	unsigned int told = 0;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(&copy, &options);

	ksft_set_plan(4);
	must(copy_start(&copy), "start");
	while (copy.frame < frames)
		told += one_frame(&copy);
	copy_close(&copy);

	workload_report(&copy);
	ksft_test_result(told == frames, "capture.waiter\n");
	ksft_finished();
}
