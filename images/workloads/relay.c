// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tens of thousands of pictures through two devices: while the next device reads
 * one, the first fills another. Each picture is awaited by its fence, between the
 * two and at the end, and every byte of it is checked. Fences carry numbers
 * without gaps, so the last one tells how many there were; a trace of so many
 * would not fit.
 */
#include <errno.h>
#include <unistd.h>
#include <linux/dma-buf.h>

#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "must.h"
#include "observe.h"
#include "record.h"
#include "workload.h"

#define PATIENCE	(4 * NSEC_PER_SEC)
/* At every so many pictures a consumer says what it saw. */
#define SAMPLE		500

/* One of the two devices, and the fences of its jobs. */
struct station {
	struct copy copy;
	/* Of those that consumers got: how many, and the numbers of the first and the last. */
	unsigned int seen;
	__s64 first;
	__s64 last;
	unsigned int pending;
	unsigned int failed;
	/* Jobs that nobody found in flight, and a sync_file of the others, or -1. */
	unsigned int missed;
	int sync_file[COPY_DEPTH_MAX];
};

struct relay {
	struct station decoder;
	struct station converter;
	unsigned int frames;
};

/* Right after the job was fed: what has signaled already is the stub. */
static void take_fence(struct station *station, unsigned int index)
{
	const struct m2m_plane *plane = &station->copy.m2m.capture.buffer[index].plane[0];
	int sync_file = fence_export(plane->dmabuf[0], DMA_BUF_SYNC_READ);
	struct fence fence;

	must(sync_file, "EXPORT_SYNC_FILE");
	must(fence_read(sync_file, &fence), "SYNC_IOC_FILE_INFO");
	if (fence_is_stub(&fence) || !fence.numbered || fence.seqno <= station->last) {
		close(sync_file);
		sync_file = -1;
	} else {
		station->last = fence.seqno;
		if (!station->seen++)
			station->first = fence.seqno;
	}
	station->sync_file[index] = sync_file;
	station->missed += sync_file < 0;
}

static void await(struct station *station, unsigned int index)
{
	int sync_file = station->sync_file[index];
	struct fence fence;

	if (sync_file < 0)
		return;
	must(fence_wait(sync_file, PATIENCE / NSEC_PER_MSEC), "fence");
	must(fence_read(sync_file, &fence), "SYNC_IOC_FILE_INFO");
	station->pending += !fence.status;
	station->failed += fence.status < 0;
	close(sync_file);
}

/* Both buffers of a job. CAPTURE buffers are used in turn. */
static void take_back(struct station *station, unsigned int index)
{
	struct copy *copy = &station->copy;
	struct session *session = &copy->session;
	struct m2m_done done, fed;

	if (!m2m_wait(&copy->m2m, PATIENCE))
		ksft_exit_fail_msg("%s, frame %u: no CAPTURE buffer\n", copy->m2m.device,
				   copy->frame);
	must(m2m_dqbuf(&copy->m2m.capture, &done), "DQBUF CAPTURE");
	session_ask_again(session, done.index, &done);
	must(m2m_dqbuf_fed(&copy->m2m, &fed), "DQBUF OUTPUT");
	copy->wrong_order += done.index != index || done.sequence != copy->frame;
	copy->errors += !!((done.flags | fed.flags) & V4L2_BUF_FLAG_ERROR);
	if (session->probes)
		session_print_dqbuf(session, &copy->m2m.capture, &done);
	session_flush(session, "after-dqbuf");
	copy->frame++;
}

static void feed(struct station *station, unsigned int frame)
{
	struct copy *copy = &station->copy;
	unsigned int index = frame % copy->depth;

	copy->shows[index] = frame;
	must(copy_feed(copy, index), "QBUF OUTPUT");
	take_fence(station, index);
	if (!(frame % SAMPLE))
		session_ask(&copy->session, &copy->m2m.capture, index, CONSUMER_UNSURE);
}

static void one_picture(struct relay *relay, unsigned int frame)
{
	struct copy *decoder = &relay->decoder.copy, *converter = &relay->converter.copy;
	unsigned int index = frame % decoder->depth;
	struct picture picture;

	await(&relay->decoder, index);
	take_back(&relay->decoder, index);
	if (frame + 1 < relay->frames)
		feed(&relay->decoder, frame + 1);
	feed(&relay->converter, frame);
	await(&relay->converter, index);
	take_back(&relay->converter, index);
	copy_look(converter, &converter->m2m.capture.buffer[index], frame, &picture);
	converter->wrong_pictures += !!picture.wrong_bytes;
	record_pixels(converter->m2m.fd, converter->m2m.capture.type, index, picture.wrong_bytes,
		      converter->format.sizeimage[0]);
	must(m2m_qbuf(&converter->m2m.capture, index, NULL), "QBUF CAPTURE");
	must(m2m_qbuf(&decoder->m2m.capture, index, NULL), "QBUF CAPTURE");
}

static void print(const struct station *station, unsigned int frames, __s64 begin)
{
	struct observation seen;

	observe_begin(&seen, "flood");
	observe_word(&seen, "driver", station->copy.m2m.driver);
	observe_number(&seen, "frames", frames);
	observe_number(&seen, "published", station->seen ? station->last - station->first + 1 : 0);
	observe_number(&seen, "seen", station->seen);
	observe_number(&seen, "pending", station->pending);
	observe_number(&seen, "begin", begin);
	observe_number(&seen, "end", clock_now());
	observe_end(&seen);
}

static void set_up(struct relay *relay, const struct copy_options *options,
		   struct copy_options *next)
{
	struct copy *decoder = &relay->decoder.copy, *converter = &relay->converter.copy;
	int dmabuf[COPY_DEPTH_MAX], ret;
	const char *what;
	unsigned int i;

	workload_open(decoder, options);
	for (i = 0; i < decoder->depth; i++)
		dmabuf[i] = decoder->m2m.capture.buffer[i].plane[0].dmabuf[0];
	next->input = dmabuf;
	ret = copy_open(converter, next, &what);
	must(ret, what);
	next->input = NULL;
	converter->m2m.instance = 1;
	converter->source = decoder;
}

static bool fences_hold(const struct station *station)
{
	return !station->pending && !station->failed;
}

int main(int argc, char **argv)
{
	static struct relay relay;
	struct copy_options options = {
		.driver = "vdpu-mpeg2",
		.width = 48,
		.height = 48,
		.depth = 3,
	};
	struct copy_options next = {
		.driver = "rockchip-rga",
		.format = "NV12",
	};
	struct copy *decoder = &relay.decoder.copy, *converter = &relay.converter.copy;
	__u64 frames = 30000;
	const struct arg args[] = {
		{ .name = "frames", .number = &frames },
		{ .name = "next", .word = &next.driver },
		{ .name = "next-to", .word = &next.to },
	};
	unsigned int frame;
	__s64 begin;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	next.width = options.width;
	next.height = options.height;
	next.depth = options.depth;
	next.seed = options.seed;
	relay.frames = frames;
	set_up(&relay, &options, &next);

	ksft_set_plan(4);
	begin = clock_now();
	must(copy_start(decoder), "start");
	must(copy_start(converter), "start of the next device");
	feed(&relay.decoder, 0);
	for (frame = 0; frame < relay.frames; frame++)
		one_picture(&relay, frame);
	print(&relay.decoder, frame, begin);
	print(&relay.converter, frame, begin);
	copy_close(converter);
	copy_close(decoder);

	ksft_test_result(decoder->frame == frames && converter->frame == frames &&
			 !decoder->errors && !converter->errors && !decoder->wrong_order &&
			 !converter->wrong_order, "relay.streams\n");
	ksft_test_result(!converter->wrong_pictures, "relay.pixels\n");
	ksft_test_result(!decoder->session.errors && !converter->session.errors,
			 "relay.probes\n");
	ksft_print_msg("not found in flight: %u and %u\n", relay.decoder.missed,
		       relay.converter.missed);
	ksft_test_result(fences_hold(&relay.decoder) && fences_hold(&relay.converter),
			 "relay.fences\n");
	ksft_finished();
}
