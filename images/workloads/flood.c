// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tens of thousands of small frames in one go, as fast as the device makes them.
 * Consumers ask about buffers in flight all the time. Their fences carry numbers
 * without gaps, so the last one tells how many there were; a trace of so many
 * would not fit.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <linux/dma-buf.h>

#include "kselftest.h"

#include "args.h"
#include "clock.h"
#include "fence.h"
#include "m2m.h"
#include "must.h"
#include "observe.h"
#include "pattern.h"
#include "pixelformat.h"
#include "record.h"
#include "session.h"

/* The smallest picture that the RGA takes. */
#define SIDE		34
#define PATIENCE	(4 * NSEC_PER_SEC)
/* At every so many frames a consumer says what it saw; the trace has no room for all. */
#define SAMPLE		500

/* A sync_file of the job that fills a buffer, or -1. */
struct slot {
	int sync_file;
	__s64 seqno;
};

struct flood {
	struct m2m m2m;
	struct m2m_format format;
	struct session session;
	unsigned int depth;
	__u64 seed;
	unsigned int frames;
	struct slot slot[VIDEO_MAX_FRAME];
	/* Fences of the producer that consumers got, and the number of the latest. */
	unsigned int fences;
	__s64 first;
	__s64 last;
	unsigned int pending;
	unsigned int failed;
	unsigned int out_of_order;
	unsigned int errors;
	unsigned int wrong_pictures;
};

static void set_up(struct flood *flood, const char *driver)
{
	struct m2m *m2m = &flood->m2m;
	unsigned int i;
	int ret;

	ret = m2m_open(m2m, driver, 0);
	if (ret == -ENODEV)
		ksft_exit_skip("no mem2mem driver %s\n", driver);
	must(ret, driver);
	flood->format.width = SIDE;
	flood->format.height = SIDE;
	flood->format.pixelformat = pixelformat_find("ABGR32")->code;
	must(m2m_set_format(&m2m->output, &flood->format), "OUTPUT format");
	must(m2m_set_format(&m2m->capture, &flood->format), "CAPTURE format");
	must(m2m_allocate_pair(m2m, flood->depth), "buffers");
	must(m2m_export(&m2m->capture), "EXPBUF");
	flood->session.m2m = m2m;
	flood->session.random.state = flood->seed;
	for (i = 0; i < flood->depth; i++)
		flood->slot[i].sync_file = -1;
}

/* Both queues have equally many buffers, used in turn: frame n is in buffer n % depth. */
static void feed(struct flood *flood, unsigned int frame)
{
	struct m2m_queue *output = &flood->m2m.output;
	unsigned int index = frame % flood->depth;

	pattern_fill(output->buffer[index].plane[0].map, flood->format.sizeimage[0], flood->seed,
		     frame, 0);
	must(m2m_qbuf(&flood->m2m.capture, index, NULL), "QBUF CAPTURE");
	must(m2m_qbuf(output, index, flood->format.sizeimage), "QBUF OUTPUT");
}

/* Whether its job has begun is chance; if it has, there is a fence. */
static void ask(struct flood *flood, unsigned int index)
{
	const struct m2m_plane *plane = &flood->m2m.capture.buffer[index].plane[0];
	struct slot *slot = &flood->slot[index];
	struct fence fence;
	int sync_file;

	if (slot->sync_file >= 0)
		return;
	sync_file = fence_export(plane->dmabuf[0], DMA_BUF_SYNC_READ);
	must(sync_file, "EXPORT_SYNC_FILE");
	must(fence_read(sync_file, &fence), "SYNC_IOC_FILE_INFO");
	if (fence_is_stub(&fence) || !fence.numbered || fence.seqno <= flood->last) {
		close(sync_file);
		return;
	}
	slot->sync_file = sync_file;
	slot->seqno = fence.seqno;
	flood->last = fence.seqno;
	if (!flood->fences++)
		flood->first = fence.seqno;
}

static void look_back(struct flood *flood, unsigned int index)
{
	struct slot *slot = &flood->slot[index];
	struct fence fence;

	if (slot->sync_file < 0)
		return;
	must(fence_read(slot->sync_file, &fence), "SYNC_IOC_FILE_INFO");
	flood->pending += !fence.status;
	flood->failed += fence.status < 0;
	close(slot->sync_file);
	slot->sync_file = -1;
}

static void take_back(struct flood *flood, unsigned int frame)
{
	struct m2m_queue *capture = &flood->m2m.capture;
	unsigned int index = frame % flood->depth;
	struct session *session = &flood->session;
	struct m2m_done done, fed;
	size_t wrong;

	if (!(frame % SAMPLE))
		session_ask(session, capture, index, CONSUMER_UNSURE);
	if (!m2m_wait(&flood->m2m, PATIENCE))
		ksft_exit_fail_msg("frame %u: no CAPTURE buffer\n", frame);
	must(m2m_dqbuf(capture, &done), "DQBUF CAPTURE");
	session_ask_again(session, done.index, &done);
	must(m2m_dqbuf_fed(&flood->m2m, &fed), "DQBUF OUTPUT");
	flood->out_of_order += done.index != index || done.sequence != frame;
	flood->errors += !!((done.flags | fed.flags) & V4L2_BUF_FLAG_ERROR);
	wrong = pattern_wrong(capture->buffer[index].plane[0].map, flood->format.sizeimage[0],
			      flood->seed, frame, 0);
	flood->wrong_pictures += !!wrong;
	if (!((done.flags | fed.flags) & V4L2_BUF_FLAG_ERROR))
		record_pixels(flood->m2m.fd, capture->type, index, wrong,
			      flood->format.sizeimage[0]);
	look_back(flood, index);
	if (session->probes)
		session_print_dqbuf(session, capture, &done);
	session_flush(session, "after-dqbuf");
}

static void stream(struct flood *flood)
{
	unsigned int fed = 0, done = 0;

	must(m2m_streamon(&flood->m2m.output), "STREAMON OUTPUT");
	must(m2m_streamon(&flood->m2m.capture), "STREAMON CAPTURE");
	while (done < flood->frames) {
		while (fed < flood->frames && fed - done < flood->depth)
			feed(flood, fed++);
		ask(flood, done % flood->depth);
		take_back(flood, done++);
	}
	must(m2m_streamoff(&flood->m2m.output), "STREAMOFF OUTPUT");
	must(m2m_streamoff(&flood->m2m.capture), "STREAMOFF CAPTURE");
	m2m_close(&flood->m2m);
}

static void print(const struct flood *flood, __s64 begin)
{
	struct observation seen;

	observe_begin(&seen, "flood");
	observe_word(&seen, "driver", flood->m2m.driver);
	observe_number(&seen, "frames", flood->frames);
	observe_number(&seen, "published", flood->fences ? flood->last - flood->first + 1 : 0);
	observe_number(&seen, "seen", flood->fences);
	observe_number(&seen, "pending", flood->pending);
	observe_number(&seen, "begin", begin);
	observe_number(&seen, "end", clock_now());
	observe_end(&seen);
}

int main(int argc, char **argv)
{
	static struct flood flood;
	__u64 depth = 8, frames = 32000;
	const char *driver = "rockchip-rga";
	const struct arg args[] = {
		{ .name = "driver", .word = &driver },
		{ .name = "depth", .number = &depth },
		{ .name = "frames", .number = &frames },
		{ .name = "seed", .number = &flood.seed },
	};
	__s64 begin;

	ksft_print_header();
	if (args_parse(argc, argv, args, ARRAY_SIZE(args)) || !depth || depth > VIDEO_MAX_FRAME)
		ksft_exit_fail_msg("bad options\n");
	flood.depth = depth;
	flood.frames = frames;
	set_up(&flood, driver);
	ksft_set_plan(4);
	begin = clock_now();
	stream(&flood);
	print(&flood, begin);

	ksft_test_result(!flood.errors && !flood.out_of_order, "capture.streams\n");
	ksft_test_result(!flood.session.errors, "capture.probes\n");
	ksft_test_result(!flood.wrong_pictures, "capture.pixels\n");
	ksft_test_result(!flood.pending && !flood.failed, "capture.fences\n");
	ksft_finished();
}
