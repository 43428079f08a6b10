// SPDX-License-Identifier: GPL-2.0-only
/*
 * Somebody listens by epoll before there is anything to hear: to a file that
 * does not stream yet, and to a request that is not queued yet. It is told all
 * the same when a buffer is done and a request complete.
 */
#include <errno.h>
#include <stdbool.h>
#include <unistd.h>
#include <sys/epoll.h>

#include "kselftest.h"

#include "copy.h"
#include "must.h"
#include "request.h"
#include "workload.h"

#define PATIENCE_MSEC	2000

/* Listened to from now on. */
static int listen_to(int fd, __u32 events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	must(epoll < 0 ? -errno : 0, "epoll");
	must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0, "epoll");
	return epoll;
}

static bool hears(int epoll, int msec)
{
	struct epoll_event event;

	return epoll_wait(epoll, &event, 1, msec) > 0;
}

/* What there was to hear as it began to listen, an error maybe, is over. */
static void listen(struct copy *copy)
{
	int video = listen_to(copy->m2m.fd, EPOLLIN), request = -1;

	if (copy->device->prepare)
		request = listen_to(copy->request[0], EPOLLPRI);
	must(copy_start(copy), "start");
	hears(video, 0);
	must(copy_feed(copy, 0), "QBUF OUTPUT");
	must(copy_settle(copy, 0), "call");
	if (request >= 0) {
		hears(request, 0);
		hears(request, PATIENCE_MSEC);
		request_wait(copy->request[0], 0);
		close(request);
	}
	hears(video, PATIENCE_MSEC);
	must(copy_finish(copy, 0), "job");
	close(video);
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 20,
	};

	workload_begin(&options, argc, argv, NULL, 0);
	workload_open(&copy, &options);

	ksft_set_plan(1);
	listen(&copy);
	copy_close(&copy);

	ksft_test_result_pass("listener.listened\n");
	ksft_finished();
}
