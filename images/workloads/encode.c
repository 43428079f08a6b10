// SPDX-License-Identifier: GPL-2.0-only
/*
 * vicodec's stateful encoder: raw pictures in, FWHT frames out.
 *
 * The driver encodes within device_run, and nothing tells from outside when
 * that begins, so no probe can be sure to meet an active buffer here.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "kselftest.h"

#include "args.h"
#include "clock.h"
#include "m2m.h"
#include "must.h"
#include "session.h"

/* Each frame begins with these words, big-endian but for the magic. */
#define FWHT_MAGIC1		0x4f4f4f4f
#define FWHT_MAGIC2		0xffffffff
#define FWHT_HEADER_WORDS	11
#define FWHT_WIDTH		3
#define FWHT_HEIGHT		4
#define FWHT_SIZE		10

#define FRAME_WAIT		(10 * NSEC_PER_SEC)

struct result {
	unsigned int frames;
	unsigned int errors;
	unsigned int wrong_order;
	unsigned int wrong_headers;
};

struct encoder {
	struct m2m m2m;
	struct m2m_format raw;
	struct m2m_format coded;
	struct session session;
	__u64 seed;
	unsigned int depth;
	unsigned int frame;
	struct result result;
};

static void set_up(struct encoder *encoder, const char *driver, __u64 width, __u64 height)
{
	struct m2m *m2m = &encoder->m2m;
	int ret;

	ret = m2m_open(m2m, driver, V4L2_PIX_FMT_FWHT);
	if (ret == -ENODEV)
		ksft_exit_skip("no FWHT encoder of %s\n", driver);
	must(ret, driver);

	encoder->raw = (struct m2m_format){
		.width = width,
		.height = height,
		.pixelformat = V4L2_PIX_FMT_YUV420,
	};
	must(m2m_set_format(&m2m->output, &encoder->raw), "OUTPUT format");
	encoder->coded = encoder->raw;
	encoder->coded.pixelformat = V4L2_PIX_FMT_FWHT;
	must(m2m_set_format(&m2m->capture, &encoder->coded), "CAPTURE format");

	must(m2m_allocate(&m2m->output, encoder->depth), "OUTPUT buffers");
	must(m2m_allocate(&m2m->capture, encoder->depth), "CAPTURE buffers");
	if (m2m->output.buffers != encoder->depth || m2m->capture.buffers != encoder->depth)
		ksft_exit_fail_msg("the driver wants another number of buffers\n");
	must(m2m_export(&m2m->capture), "EXPBUF");
	encoder->session.m2m = m2m;
}

static void ask_all(struct encoder *encoder, enum consumer_state state)
{
	unsigned int i;

	for (i = 0; i < encoder->depth; i++) {
		session_ask(&encoder->session, &encoder->m2m.capture, i, state);
		session_flush(&encoder->session, "");
	}
}

/* Slopes that move: smooth enough to shrink, different in each frame. */
static void paint(struct encoder *encoder, unsigned int index, unsigned int frame)
{
	const struct m2m_plane *plane = &encoder->m2m.output.buffer[index].plane[0];
	unsigned int stride = encoder->raw.bytesperline[0];
	unsigned char *pixel = plane->map;
	size_t i;

	for (i = 0; i < encoder->raw.sizeimage[0]; i++)
		pixel[i] = (i % stride + i / stride) / 4 + 16 * frame + encoder->seed;
}

static void check_header(struct encoder *encoder, const struct m2m_done *done)
{
	const __u32 *word = encoder->m2m.capture.buffer[done->index].plane[0].map;
	__u32 payload = done->bytesused[0];

	if (payload > FWHT_HEADER_WORDS * sizeof(*word) &&
	    payload <= encoder->coded.sizeimage[0] &&
	    word[0] == FWHT_MAGIC1 && word[1] == FWHT_MAGIC2 &&
	    be32toh(word[FWHT_WIDTH]) == encoder->raw.width &&
	    be32toh(word[FWHT_HEIGHT]) == encoder->raw.height &&
	    be32toh(word[FWHT_SIZE]) == payload - FWHT_HEADER_WORDS * sizeof(*word))
		return;
	ksft_print_msg("frame %u: payload %u, words %08x %08x, %u x %u, size %u\n",
		       encoder->frame, payload, word[0], word[1], be32toh(word[FWHT_WIDTH]),
		       be32toh(word[FWHT_HEIGHT]), be32toh(word[FWHT_SIZE]));
	encoder->result.wrong_headers++;
}

static void one_frame(struct encoder *encoder, unsigned int expected)
{
	struct m2m_queue *capture = &encoder->m2m.capture;
	struct session *session = &encoder->session;
	struct result *result = &encoder->result;
	struct m2m_done done, fed;

	if (!m2m_wait(&encoder->m2m, FRAME_WAIT))
		ksft_exit_fail_msg("frame %u: no CAPTURE buffer\n", encoder->frame);
	must(m2m_dqbuf(capture, &done), "DQBUF CAPTURE");
	must(m2m_dqbuf(&encoder->m2m.output, &fed), "DQBUF OUTPUT");
	session_ask(session, capture, done.index, CONSUMER_DONE);

	result->frames++;
	result->errors += !!((done.flags | fed.flags) & V4L2_BUF_FLAG_ERROR);
	result->wrong_order += done.index != expected || done.sequence != encoder->frame;
	check_header(encoder, &done);
	session_print_dqbuf(session, capture, &done);
	session_flush(session, "");
	encoder->frame++;
}

/* All CAPTURE buffers, then as many pictures; the first job runs in an ioctl. */
static void burst(struct encoder *encoder, unsigned int count)
{
	struct m2m_queue *output = &encoder->m2m.output;
	unsigned int i;

	for (i = 0; i < count; i++)
		must(m2m_qbuf(&encoder->m2m.capture, i, NULL), "QBUF CAPTURE");
	if (!encoder->frame)
		must(m2m_streamon(&encoder->m2m.capture), "STREAMON CAPTURE");
	for (i = 0; i < count; i++) {
		session_ask(&encoder->session, &encoder->m2m.capture, i, CONSUMER_QUEUED);
		paint(encoder, i, encoder->frame + i);
	}
	session_flush(&encoder->session, "");
	for (i = 0; i < count; i++)
		must(m2m_qbuf(output, i, encoder->raw.sizeimage), "QBUF OUTPUT");
	if (!encoder->frame)
		must(m2m_streamon(output), "STREAMON OUTPUT");
	for (i = 0; i < count; i++)
		one_frame(encoder, i);
}

int main(int argc, char **argv)
{
	static struct encoder encoder;
	__u64 depth = 3, frames = 6, width = 640, height = 360;
	const char *driver = "vicodec";
	const struct arg args[] = {
		{ .name = "driver", .word = &driver },
		{ .name = "depth", .number = &depth },
		{ .name = "frames", .number = &frames },
		{ .name = "width", .number = &width },
		{ .name = "height", .number = &height },
		{ .name = "seed", .number = &encoder.seed },
	};
	const struct result *result = &encoder.result;

	ksft_print_header();
	if (args_parse(argc, argv, args, ARRAY_SIZE(args)))
		ksft_exit_fail_msg("bad options\n");
	if (!depth || depth > VIDEO_MAX_FRAME || !frames)
		ksft_exit_fail_msg("depth or frames out of range\n");
	encoder.depth = depth;
	encoder.session.random.state = encoder.seed;

	set_up(&encoder, driver, width, height);
	ksft_set_plan(3);
	ask_all(&encoder, CONSUMER_DEQUEUED);
	while (encoder.frame < frames)
		burst(&encoder, frames - encoder.frame < depth ? frames - encoder.frame : depth);
	must(m2m_streamoff(&encoder.m2m.output), "STREAMOFF OUTPUT");
	must(m2m_streamoff(&encoder.m2m.capture), "STREAMOFF CAPTURE");
	m2m_close(&encoder.m2m);

	ksft_test_result(result->frames == frames && !result->errors && !result->wrong_order,
			 "capture.streams\n");
	ksft_test_result(!result->wrong_headers, "capture.headers\n");
	ksft_test_result(!encoder.session.errors, "capture.probes\n");
	ksft_finished();
}
