// SPDX-License-Identifier: GPL-2.0-only
/*
 * A picture goes through two devices: what the first one writes, the next one
 * reads, and nobody looks at it in between. The user of the next device, who has
 * nothing of the first but dma-bufs, waits until they may be read, unless it is to
 * be seen what happens if nobody does; and if he is told that a job failed, he
 * leaves that picture out. He is another thread, or another process.
 *
 * Each picture is a conversation of four messages, so that never more than one of
 * the two prints:
 *
 *   first           next
 *   offer      -->            the job that fills the buffer has been committed
 *              <--  told      that it may be read; or that there is no picture
 *   go         -->            the first has printed what it saw
 *              <--  outcome   of the job of the next device
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>
#include <linux/dma-buf.h>

#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "handover.h"
#include "must.h"
#include "observe.h"
#include "workload.h"

struct offer {
	unsigned int buffer;
	unsigned int frame;
	enum consumer_api api;
};

struct told {
	bool woken;
	/* By the fence: there is no picture. */
	bool failed;
	__s64 begin;
	__s64 end;
};

struct outcome {
	/* Bytes of what came of the picture, and when its user was told that it is there. */
	size_t wrong_bytes;
	__s64 end;
};

/* What the user of the next device says when there are no more pictures. */
struct account {
	unsigned int frames;
	unsigned int wrong_order;
	unsigned int wrong_pictures;
	unsigned int uncertain;
	unsigned int probe_errors;
	unsigned int asleep;
	unsigned int unexpected;
};

struct chain {
	struct copy first;
	struct copy next;
	struct copy_options next_options;
	/* Frames, counted from 0 for each device, that must fail. */
	struct words failing;
	struct words next_failing;
	bool await;
	__u64 frames;
	int socket;
	int next_socket;
	/* Of this side. */
	unsigned int asleep;
	unsigned int unexpected;
	unsigned int unexpectedly_told;
	/* Pictures that the next device had taken before they were there, and has not. */
	unsigned int ignored;
	unsigned int respected;
	struct account account;
};

struct reader {
	const struct copy *copy;
	unsigned int index;
	struct picture picture;
};

static void tell(int socket, const void *message, size_t size)
{
	must(handover_send(socket, message, size, NULL, 0), "send");
}

static void hear(int socket, void *message, size_t size)
{
	must(handover_receive(socket, message, size, NULL, 0), "receive");
}

/* --- the user of the next device --- */

/* The fence as it is before anybody waits for it; its end says how the job went. */
static int wait_for_first(struct chain *chain, const struct offer *offer, struct told *told)
{
	const struct m2m_plane *plane = chain->next.m2m.output.buffer[offer->buffer].plane;
	struct consumer_subject subject = { .dmabuf = plane[0].dmabuf[0] };
	int sync_file = fence_export(subject.dmabuf, DMA_BUF_SYNC_READ);
	struct consumer_waiter waiter = { 0 };
	struct fence fence;
	int ret;

	if (sync_file < 0)
		return sync_file;
	if (offer->api == CONSUMER_SYNC_FILE)
		subject.dmabuf = sync_file;
	ret = consumer_wait_start(&waiter, &subject, offer->api,
				  chain->first.job + COPY_PATIENCE);
	if (!ret)
		consumer_wait_end(&waiter);
	if (!ret)
		ret = fence_read(sync_file, &fence);
	close(sync_file);
	*told = (struct told){
		.woken = waiter.woken,
		.failed = !ret && fence.status < 0,
		.begin = waiter.begin,
		.end = waiter.end,
	};
	return ret;
}

static void read_all(void *arg)
{
	struct reader *reader = arg;
	const struct copy *copy = reader->copy;

	copy_look(copy, &copy->m2m.capture.buffer[reader->index], copy->frame, &reader->picture);
}

/* Queues are queues: CAPTURE buffers come in turn, whatever was left out. */
static void one_job(struct chain *chain, const struct offer *offer, struct outcome *outcome)
{
	struct copy *next = &chain->next;
	unsigned int index = next->frame % next->depth;
	bool fails = args_have(&chain->next_failing, next->frame);
	struct reader reader = { .copy = next, .index = index };
	struct consumer_waiter waiter = { .woke = read_all, .arg = &reader };
	unsigned int wrong = next->wrong_pictures;

	next->shows[index] = offer->frame;
	must(copy_feed(next, offer->buffer), "QBUF OUTPUT of the next device");
	copy_ask_once(next, index);
	must(copy_wait_start(next, index, next->frame % 2 ? CONSUMER_EPOLL : CONSUMER_POLL,
			     &waiter), "waiter");
	copy_look_again(next);
	consumer_wait_end(&waiter);
	outcome->end = waiter.end;
	outcome->wrong_bytes = reader.picture.wrong_bytes;
	copy_label_wait(next, &waiter);
	copy_print_dequeueable(next, index, waiter.end);
	consumer_wait_print(&waiter);
	chain->account.asleep += !waiter.woken;
	if (waiter.woken && !session_told_of_failure(&next->session))
		copy_print_pixels(next, index, "signal", &reader.picture);
	must(copy_finish(next, index), "job of the next device");
	if (next->failed)
		next->wrong_pictures = wrong;
	if (next->failed != fails) {
		ksft_print_msg("frame %u of the next device %s\n", next->frame - 1,
			       next->failed ? "failed" : "did not fail");
		chain->account.unexpected++;
	}
	must(m2m_qbuf(&next->m2m.capture, index, NULL), "QBUF CAPTURE of the next device");
}

/*
 * Nobody waits, and nobody asks: whether the next device waits by itself shows in
 * when it is done, and in what it has made.
 */
static void one_unawaited_job(struct chain *chain, const struct offer *offer,
			      struct outcome *outcome)
{
	struct copy *next = &chain->next;
	unsigned int index = next->frame % next->depth;
	struct picture picture;

	next->shows[index] = offer->frame;
	must(copy_feed(next, offer->buffer), "QBUF OUTPUT of the next device");
	m2m_wait(&next->m2m, chain->first.job + next->job + COPY_PATIENCE);
	outcome->end = clock_now();
	copy_look(next, &next->m2m.capture.buffer[index], next->frame, &picture);
	outcome->wrong_bytes = picture.wrong_bytes;
	must(copy_finish(next, index), "job of the next device");
	must(m2m_qbuf(&next->m2m.capture, index, NULL), "QBUF CAPTURE of the next device");
}

static void open_next(struct chain *chain)
{
	int dmabuf[COPY_DEPTH_MAX * M2M_PLANES_MAX], ret;
	unsigned int i, count = chain->first.depth * chain->first.format.planes;
	const char *what;

	must(handover_receive(chain->next_socket, &i, sizeof(i), dmabuf, count), "dma-bufs");
	chain->next_options.input = dmabuf;
	ret = copy_open(&chain->next, &chain->next_options, &what);
	must(ret, what);
	for (i = 0; i < count; i++)
		close(dmabuf[i]);
	chain->next_options.input = NULL;
	/* Sync_files are numbered by each of the two. */
	chain->next.m2m.instance = 1;
	chain->next.source = &chain->first;
	chain->next.unawaited = !chain->await;
	must(copy_start(&chain->next), "start of the next device");
}

static void use_next(struct chain *chain)
{
	const struct copy *next = &chain->next;
	struct account *account = &chain->account;
	struct outcome outcome;
	struct offer offer;
	struct told told;
	bool go;

	open_next(chain);
	while (!handover_receive(chain->next_socket, &offer, sizeof(offer), NULL, 0)) {
		told = (struct told){ 0 };
		outcome = (struct outcome){ 0 };
		if (chain->await)
			must(wait_for_first(chain, &offer, &told), "wait for the first device");
		tell(chain->next_socket, &told, sizeof(told));
		hear(chain->next_socket, &go, sizeof(go));
		if (go && chain->await)
			one_job(chain, &offer, &outcome);
		else if (go)
			one_unawaited_job(chain, &offer, &outcome);
		account->frames = next->frame;
		account->wrong_order = next->wrong_order;
		account->wrong_pictures = next->wrong_pictures;
		account->uncertain = next->uncertain;
		account->probe_errors = next->session.errors;
		if (offer.frame + 1 == chain->frames)
			copy_close(&chain->next);
		tell(chain->next_socket, &outcome, sizeof(outcome));
		tell(chain->next_socket, account, sizeof(*account));
	}
}

static void *run_thread(void *arg)
{
	use_next(arg);
	return NULL;
}

/* Only what the pictures of the first device look like is left of it. */
static void forget_first(struct copy *first)
{
	unsigned int i, plane;

	m2m_close_node(&first->m2m);
	for (i = 0; i < first->depth; i++) {
		for (plane = 0; plane < first->format.planes; plane++)
			close(first->m2m.capture.buffer[i].plane[plane].dmabuf[0]);
		if (first->request[i] > 0)
			close(first->request[i]);
	}
	if (first->media >= 0)
		close(first->media);
}

static pid_t start_process(struct chain *chain)
{
	pid_t pid = fork();

	must(pid < 0 ? -errno : 0, "fork");
	if (pid)
		return pid;
	close(chain->socket);
	forget_first(&chain->first);
	use_next(chain);
	_exit(0);
}

/* --- the user of the first device --- */

static void hand_over(struct chain *chain)
{
	int dmabuf[COPY_DEPTH_MAX * M2M_PLANES_MAX];
	unsigned int i, planes = chain->first.format.planes;
	unsigned int count = chain->first.depth * planes;

	for (i = 0; i < count; i++)
		dmabuf[i] = chain->first.m2m.capture.buffer[i / planes].plane[i % planes].dmabuf[0];
	must(handover_send(chain->socket, &i, sizeof(i), dmabuf, count), "dma-bufs");
}

static void print_wait(struct chain *chain, const struct offer *offer, const struct told *told)
{
	struct copy *first = &chain->first;
	struct consumer_waiter waiter = {
		.api = offer->api,
		.woken = told->woken,
		.begin = told->begin,
		.end = told->end,
	};

	consumer_subject(&waiter.subject, &first->m2m, &first->m2m.capture, offer->buffer, 0, 0);
	copy_label_wait(first, &waiter);
	copy_print_dequeueable(first, offer->buffer, waiter.end);
	consumer_wait_print(&waiter);
	chain->asleep += !told->woken;
}

/* @early: the job of the next device was over before that of the first one was. */
static void print_in_fence(struct chain *chain, const struct offer *offer,
			   const struct outcome *outcome, bool early)
{
	const struct m2m *m2m = &chain->first.m2m;
	struct consumer_subject subject;
	struct observation seen;

	consumer_subject(&subject, m2m, &m2m->capture, offer->buffer, 0, 0);
	observe_begin(&seen, "in-fence");
	consumer_add_subject(&seen, &subject);
	observe_word(&seen, "api", "chain");
	observe_word(&seen, "seen", early ? "ignored" : "respected");
	observe_number(&seen, "wrong-bytes", outcome->wrong_bytes);
	observe_end(&seen);
	chain->ignored += early && outcome->wrong_bytes;
	chain->respected += !early && !outcome->wrong_bytes;
}

static void one_frame(struct chain *chain)
{
	static const enum consumer_api apis[] = {
		CONSUMER_SYNC_FILE, CONSUMER_POLL, CONSUMER_EPOLL, CONSUMER_SYNC,
	};
	struct copy *first = &chain->first;
	const struct offer offer = {
		.buffer = first->frame % first->depth,
		.frame = first->frame,
		.api = apis[first->frame % ARRAY_SIZE(apis)],
	};
	bool fails = args_have(&chain->failing, first->frame), go;
	unsigned int wrong = first->wrong_pictures;
	__s64 done;
	struct outcome outcome;
	struct told told;

	must(copy_feed(first, offer.buffer), "QBUF OUTPUT");
	copy_ask_once(first, offer.buffer);
	tell(chain->socket, &offer, sizeof(offer));
	if (chain->await)
		copy_look_again(first);
	hear(chain->socket, &told, sizeof(told));
	if (chain->await)
		print_wait(chain, &offer, &told);
	/* Without fences nobody is told of a failure. */
	chain->unexpectedly_told += told.failed && !fails;
	go = !told.failed;
	tell(chain->socket, &go, sizeof(go));
	m2m_wait(&first->m2m, first->job + COPY_PATIENCE);
	done = clock_now();
	hear(chain->socket, &outcome, sizeof(outcome));
	hear(chain->socket, &chain->account, sizeof(chain->account));
	if (!chain->await)
		print_in_fence(chain, &offer, &outcome, outcome.end < done);
	must(copy_finish(first, offer.buffer), "job");
	/* It promises no picture. */
	if (first->failed)
		first->wrong_pictures = wrong;
	if (first->failed != fails) {
		ksft_print_msg("frame %u %s\n", offer.frame,
			       first->failed ? "failed" : "did not fail");
		chain->unexpected++;
	}
	must(m2m_qbuf(&first->m2m.capture, offer.buffer, NULL), "QBUF CAPTURE");
}

static void report(const struct chain *chain, int status)
{
	const struct account *account = &chain->account;
	const struct copy *first = &chain->first;

	ksft_test_result(!chain->unexpected && !account->unexpected && !chain->unexpectedly_told,
			 "chain.failures\n");
	ksft_test_result(!first->wrong_order && !account->wrong_order && account->frames,
			 "chain.streams\n");
	ksft_test_result(!first->wrong_pictures, "first.pictures\n");
	ksft_test_result(copy_was_asked(first) &&
			 session_enough(account->uncertain, account->frames),
			 "chain.active-probes\n");
	ksft_test_result(!first->session.errors && !account->probe_errors, "chain.probes\n");
	ksft_test_result(!chain->asleep && !account->asleep, "chain.waiters\n");
	/* One of the two must be so for all pictures. */
	ksft_test_result(chain->await || chain->ignored == chain->frames ||
			 chain->respected == chain->frames, "chain.in-fence\n");
	ksft_test_result(!status, "next.ends\n");
}

int main(int argc, char **argv)
{
	static struct chain chain;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 40,
	};
	struct copy_options *next = &chain.next_options;
	__u64 processes = 1, await = 1;
	const struct arg args[] = {
		{ .name = "next", .word = &next->driver },
		{ .name = "next-from", .word = &next->from },
		{ .name = "next-format", .word = &next->format },
		{ .name = "next-to", .word = &next->to },
		{ .name = "next-ms", .number = &next->msec },
		{ .name = "failing", .words = &chain.failing },
		{ .name = "next-failing", .words = &chain.next_failing },
		{ .name = "frames", .number = &chain.frames },
		{ .name = "processes", .number = &processes },
		{ .name = "await", .number = &await },
	};
	int sockets[2], status = 0;
	pthread_t thread;
	pid_t pid = 0;

	chain.frames = 8;
	next->driver = "rockchip-rga";
	next->msec = 40;
	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	if (processes < 1 || processes > 2)
		ksft_exit_fail_msg("one process or two\n");
	chain.await = await;
	next->width = options.width;
	next->height = options.height;
	next->depth = options.depth;
	next->seed = options.seed;
	workload_open(&chain.first, &options);
	ksft_set_plan(8);
	must(handover_pair(sockets), "sockets");
	chain.socket = sockets[0];
	chain.next_socket = sockets[1];
	if (processes == 2)
		pid = start_process(&chain);
	else
		must(-pthread_create(&thread, NULL, run_thread, &chain), "thread");
	if (processes == 2)
		close(sockets[1]);
	hand_over(&chain);
	must(copy_start(&chain.first), "start");
	while (chain.first.frame < chain.frames)
		one_frame(&chain);
	copy_close(&chain.first);
	close(chain.socket);
	if (processes == 2)
		must(waitpid(pid, &status, 0) < 0 ? -errno : 0, "the other process");
	else
		pthread_join(thread, NULL);

	report(&chain, status);
	ksft_finished();
}
