// SPDX-License-Identifier: GPL-2.0-only
/*
 * Media requests as no friendly program uses them: queued without a buffer,
 * twice, made anew too early, or not made for want of memory; a buffer in two
 * requests, or queued both ways; and the descriptors of the request, the video
 * device and the media device closed in any order at any moment of the job.
 */
#include <stdbool.h>
#include <unistd.h>

#include "kselftest.h"

#include "call.h"
#include "copy.h"
#include "inject.h"
#include "must.h"
#include "request.h"
#include "workload.h"

/* Whose descriptor goes first; then the others, in this order, from the beginning again. */
enum who { VIDEO, REQUEST, MEDIA, WHO };

/* At what moment of the job: it is in its request, it runs, it is done and not taken back. */
enum moment { PREPARED, RUNNING, DONE, MOMENTS };

static struct copy_options options = {
	.driver = "visl",
	.depth = 2,
	.msec = 40,
};

static void queue(const struct m2m_queue *queue, unsigned int index, int request)
{
	struct v4l2_plane planes[M2M_PLANES_MAX] = { 0 };
	const struct m2m_buffer *buffer = &queue->buffer[index];
	struct v4l2_buffer raw = {
		.type = queue->type,
		.memory = queue->memory,
		.index = index,
		.flags = request ? V4L2_BUF_FLAG_REQUEST_FD : 0,
		.request_fd = request,
	};

	if (queue->multiplanar) {
		raw.m.planes = planes;
		raw.length = buffer->planes;
		planes[0].bytesused = V4L2_TYPE_IS_OUTPUT(queue->type) ? buffer->plane[0].size : 0;
	} else if (V4L2_TYPE_IS_OUTPUT(queue->type)) {
		raw.bytesused = buffer->plane[0].size;
	}
	call_device(queue->fd, VIDIOC_QBUF, &raw);
}

/* Nothing of this gets as far as a job. */
static void misuse(struct copy *copy)
{
	int request = request_allocate(copy->media);

	must(request, "request");
	request_queue(request);
	request_reinit(request);
	request_queue(request);
	must(copy->device->prepare(copy, 0), "request");
	/* The same buffer in another request, and without any. */
	queue(&copy->m2m.output, 0, request);
	queue(&copy->m2m.output, 0, 0);
	queue(&copy->m2m.capture, 0, request);
	queue(&copy->m2m.output, 1, copy->m2m.fd);
	request_reinit(copy->request[0]);
	copy->requested[0] = false;
	close(request);
}

/* All controls that a request has, which are none that are named. */
static void ask_values(const struct copy *copy, int request)
{
	struct v4l2_ext_controls all = {
		.which = V4L2_CTRL_WHICH_REQUEST_VAL, .request_fd = request,
	};

	call_device(copy->m2m.fd, VIDIOC_G_EXT_CTRLS, &all);
}

/* A request of a buffer and nothing else: the controls stay what they were, and it has them. */
static void bare(void)
{
	static struct copy copy;

	workload_reopen(&copy, &options, 1);
	must(copy_start(&copy), "start");
	queue(&copy.m2m.output, 0, copy.request[0]);
	ask_values(&copy, copy.request[0]);
	request_queue(copy.request[0]);
	request_wait(copy.request[0], COPY_PATIENCE);
	ask_values(&copy, copy.request[0]);
	ask_values(&copy, copy.m2m.fd);
	copy_close(&copy);
}

/* The request is with the driver, which does not let go of it. */
static void insist(struct copy *copy)
{
	must(copy_feed(copy, 0), "QBUF OUTPUT");
	clock_sleep(copy->job / 2);
	request_reinit(copy->request[0]);
	request_queue(copy->request[0]);
	queue(&copy->m2m.output, 0, copy->request[1]);
	must(request_wait(copy->request[0], COPY_PATIENCE) ? 0 : -ETIME, "request");
	/* It is complete, so the picture is there. */
	must(copy_finish(copy, 0), "job");
	request_queue(copy->request[0]);
}

/* Each allocation of a new request fails in turn, and nothing stays of it. */
static void starve(int media)
{
	struct inject inject;
	unsigned int nth;
	bool failed;
	int request;

	must(inject_open(&inject), "fail-nth");
	for (nth = 1, failed = true; failed; nth++) {
		must(inject_arm(&inject, nth), "fail-nth");
		request = request_allocate(media);
		failed = inject_disarm(&inject);
		if (request >= 0)
			close(request);
	}
	inject_close(&inject);
}

static void close_one(struct copy *copy, enum who who)
{
	switch (who) {
	case VIDEO:
		m2m_close_node(&copy->m2m);
		break;
	case REQUEST:
		close(copy->request[0]);
		copy->request[0] = -1;
		break;
	default:
		close(copy->media);
		copy->media = -1;
		break;
	}
}

static void close_at(enum moment moment, enum who first)
{
	static struct copy copy;
	unsigned int i;

	workload_reopen(&copy, &options, 2 + moment * WHO + first);
	must(copy_start(&copy), "start");
	if (moment == PREPARED) {
		copy.payload[0] = copy.device->fill(&copy, 0);
		must(copy.device->prepare(&copy, 0), "request");
	} else {
		must(copy_feed(&copy, 0), "QBUF OUTPUT");
		clock_sleep(copy.job / 2);
	}
	if (moment == DONE)
		must(m2m_wait(&copy.m2m, COPY_PATIENCE) ? 0 : -ETIME, "job");
	for (i = 0; i < WHO; i++)
		close_one(&copy, (first + i) % WHO);
	copy_settle(&copy, 0);
	copy_close(&copy);
}

/* The last descriptor of a request goes while its job runs; the job is done all the same. */
static void forget(struct copy *copy)
{
	struct m2m_done done;

	must(copy_feed(copy, 1), "QBUF OUTPUT");
	clock_sleep(copy->job / 2);
	close(copy->request[1]);
	copy->request[1] = -1;
	copy->requested[1] = false;
	must(m2m_wait(&copy->m2m, COPY_PATIENCE) ? 0 : -ETIME, "job");
	must(m2m_dqbuf(&copy->m2m.capture, &done), "DQBUF CAPTURE");
	must(copy_settle(copy, 1), "call");
	must(m2m_dqbuf_fed(&copy->m2m, &done), "DQBUF OUTPUT");
}

int main(int argc, char **argv)
{
	static struct copy copy;
	unsigned int moment, first;

	workload_begin(&options, argc, argv, NULL, 0);
	workload_open(&copy, &options);

	ksft_set_plan(1);
	misuse(&copy);
	starve(copy.media);
	must(copy_start(&copy), "start");
	insist(&copy);
	forget(&copy);
	copy_close(&copy);
	bare();
	for (moment = PREPARED; moment < MOMENTS; moment++) {
		for (first = VIDEO; first < WHO; first++)
			close_at(moment, first);
	}

	ksft_test_result_pass("requests.misused\n");
	ksft_finished();
}
