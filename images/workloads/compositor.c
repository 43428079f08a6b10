// SPDX-License-Identifier: GPL-2.0-only
/*
 * Another process shows the pictures, as a Wayland compositor does: it never
 * had the video node open, it has nothing but dma-bufs that came over a unix
 * socket. It sleeps until it is told that it may read, reads at once, compares
 * every byte, and gives the buffer back.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <linux/dma-buf.h>

#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "handover.h"
#include "must.h"
#include "workload.h"

/* The buffers themselves, once; the descriptors come along. How to know a picture, too. */
struct introduction {
	__u64 seed;
	unsigned int depth;
	struct m2m_format output;
	struct m2m_format format;
};

/* A buffer to be shown, whose job has been committed. */
struct offer {
	unsigned int buffer;
	unsigned int frame;
	enum consumer_api api;
	__s64 limit;
};

/* What became of an offer; the buffer is free again. */
struct release {
	int error;
	bool woken;
	__s64 begin;
	__s64 end;
	struct picture picture;
};

struct compositor {
	int socket;
	/* Never opened: what it says of the producer's pictures. */
	struct copy about;
	size_t size;
	int dmabuf[COPY_DEPTH_MAX];
	void *map[COPY_DEPTH_MAX];
	/* What was in the buffer at the moment of the signal. */
	struct m2m_buffer shot;
	unsigned int buffer;
};

/* Nothing but a copy: what is judged is this moment and no later one. */
static void take_shot(void *arg)
{
	struct compositor *compositor = arg;

	memcpy(compositor->shot.plane[0].map, compositor->map[compositor->buffer],
	       compositor->size);
}

static int compositor_begin(struct compositor *compositor)
{
	struct introduction intro;
	unsigned int i;
	int ret;

	ret = handover_receive(compositor->socket, &intro, sizeof(intro), NULL, 0);
	if (ret)
		return ret;
	compositor->about.seed = intro.seed;
	compositor->about.depth = intro.depth;
	compositor->about.output = intro.output;
	compositor->about.format = intro.format;
	compositor->size = intro.format.sizeimage[0];
	ret = handover_receive(compositor->socket, &i, sizeof(i), compositor->dmabuf, intro.depth);
	for (i = 0; i < intro.depth && !ret; i++) {
		compositor->map[i] = mmap(NULL, compositor->size, PROT_READ, MAP_SHARED,
					  compositor->dmabuf[i], 0);
		if (compositor->map[i] == MAP_FAILED)
			ret = -errno;
	}
	compositor->shot.plane[0].map = malloc(compositor->size);
	return ret || compositor->shot.plane[0].map ? ret : -ENOMEM;
}

static int show(struct compositor *compositor, const struct offer *offer, struct release *release)
{
	struct consumer_waiter waiter = { .woke = take_shot, .arg = compositor };
	struct consumer_subject subject = { .dmabuf = compositor->dmabuf[offer->buffer] };
	int sync_file = -1, ret;

	compositor->buffer = offer->buffer;
	if (offer->api == CONSUMER_SYNC_FILE) {
		sync_file = fence_export(subject.dmabuf, DMA_BUF_SYNC_READ);
		if (sync_file < 0)
			return sync_file;
		subject.dmabuf = sync_file;
	}
	ret = consumer_wait_start(&waiter, &subject, offer->api, offer->limit);
	if (!ret)
		consumer_wait_end(&waiter);
	if (sync_file >= 0)
		close(sync_file);
	release->woken = waiter.woken;
	release->begin = waiter.begin;
	release->end = waiter.end;
	if (waiter.woken)
		copy_look(&compositor->about, &compositor->shot, offer->frame, &release->picture);
	return ret;
}

/* The other process: until the producer hangs up. */
static int compositor_run(struct compositor *compositor)
{
	struct offer offer;
	int ret;

	ret = compositor_begin(compositor);
	while (!ret) {
		struct release release = { 0 };

		ret = handover_receive(compositor->socket, &offer, sizeof(offer), NULL, 0);
		if (ret)
			break;
		release.error = show(compositor, &offer, &release);
		ret = handover_send(compositor->socket, &release, sizeof(release), NULL, 0);
	}
	return ret == -EPIPE ? 0 : ret;
}

/* Forked before anything is open, so that nothing but the socket is shared. */
static pid_t compositor_start(const struct device *device, int *client)
{
	static struct compositor compositor;
	int sockets[2];
	pid_t pid;

	must(handover_pair(sockets), "sockets");
	pid = fork();
	if (pid < 0)
		must(-errno, "fork");
	if (!pid) {
		close(sockets[0]);
		compositor.socket = sockets[1];
		compositor.about.device = device;
		compositor.shot.planes = 1;
		_exit(!!compositor_run(&compositor));
	}
	close(sockets[1]);
	*client = sockets[0];
	return pid;
}

static void introduce(const struct copy *copy, int socket)
{
	const struct introduction about = {
		.seed = copy->seed,
		.depth = copy->depth,
		.output = copy->output,
		.format = copy->format,
	};
	int dmabuf[COPY_DEPTH_MAX];
	unsigned int i;

	for (i = 0; i < copy->depth; i++)
		dmabuf[i] = copy->m2m.capture.buffer[i].plane[0].dmabuf[0];
	must(handover_send(socket, &about, sizeof(about), NULL, 0), "introduction");
	must(handover_send(socket, &i, sizeof(i), dmabuf, copy->depth), "dma-bufs");
}

/* Returns whether the compositor was told that it may read. */
static bool one_frame(struct copy *copy, int socket)
{
	static const enum consumer_api apis[] = {
		CONSUMER_EPOLL, CONSUMER_SYNC_FILE, CONSUMER_SYNC, CONSUMER_POLL,
	};
	unsigned int index = copy->frame % copy->depth;
	const struct offer offer = {
		.buffer = index,
		.frame = copy->frame,
		.api = apis[copy->frame % ARRAY_SIZE(apis)],
		.limit = copy->job + COPY_PATIENCE,
	};
	struct consumer_waiter waiter = { .api = offer.api };
	struct release release;

	must(copy_feed(copy, index), "QBUF OUTPUT");
	copy_ask_once(copy, index);
	must(handover_send(socket, &offer, sizeof(offer), NULL, 0), "offer");
	copy_look_again(copy);
	must(handover_receive(socket, &release, sizeof(release), NULL, 0), "release");
	must(release.error, "compositor");

	consumer_subject(&waiter.subject, &copy->m2m, &copy->m2m.capture, index, 0, 0);
	waiter.woken = release.woken;
	waiter.begin = release.begin;
	waiter.end = release.end;
	copy_label_wait(copy, &waiter);
	copy_print_dequeueable(copy, index, waiter.end);
	consumer_wait_print(&waiter);
	if (release.woken)
		copy_print_pixels(copy, index, "signal", &release.picture);
	must(copy_finish(copy, index), "job");
	must(m2m_qbuf(&copy->m2m.capture, index, NULL), "QBUF CAPTURE");
	return release.woken;
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
	int client, status;
	pid_t pid;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	pid = compositor_start(device_find(options.driver), &client);
	workload_open(&copy, &options);
	if (copy.device != device_find(options.driver) || copy.format.planes != 1)
		ksft_exit_fail_msg("the compositor knows no such pictures\n");

	ksft_set_plan(5);
	introduce(&copy, client);
	must(copy_start(&copy), "start");
	while (copy.frame < frames)
		told += one_frame(&copy, client);
	copy_close(&copy);
	close(client);
	must(waitpid(pid, &status, 0) < 0 ? -errno : 0, "compositor");

	workload_report(&copy);
	ksft_test_result(told == frames, "capture.waiter\n");
	ksft_test_result(!status, "compositor.ends\n");
	ksft_finished();
}
