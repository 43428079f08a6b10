// SPDX-License-Identifier: GPL-2.0-only
/*
 * As many jobs of hantro's JPEG encoder as possible: all buffers are always
 * queued, each comes back once in a round, is checked and goes in again. Now and
 * then a consumer asks.
 */
#include <errno.h>

#include "kselftest.h"

#include "args.h"
#include "clock.h"
#include "must.h"
#include "pattern.h"
#include "session.h"
#include "vepu.h"

/* A consumer asks about one buffer in so many. */
#define ASKED		500

#define PATIENCE	(6 * NSEC_PER_SEC)

struct torrent {
	struct m2m m2m;
	struct session session;
	/* What is in each OUTPUT buffer. */
	struct vepu vepu[VIDEO_MAX_FRAME];
	unsigned int depth;
	unsigned int frame;
	unsigned int errors;
	unsigned int wrong_order;
	unsigned int wrong_payloads;
};

/* Each OUTPUT buffer has a picture of its own, and keeps it. */
static void paint(struct torrent *torrent, const struct m2m_format *raw, __u64 seed)
{
	const struct m2m_buffer *buffer = torrent->m2m.output.buffer;
	unsigned int i;

	for (i = 0; i < torrent->depth; i++) {
		must(vepu_init(&torrent->vepu[i], &vepu_hantro, raw), "OUTPUT format");
		pattern_fill(buffer[i].plane[0].map, torrent->vepu[i].bytes[0], seed, i, 0);
		vepu_read(&torrent->vepu[i], &buffer[i]);
	}
}

static void set_up(struct torrent *torrent, __u64 seed)
{
	struct m2m_format raw = {
		.width = 96, .height = 32, .pixelformat = V4L2_PIX_FMT_YUYV,
	};
	struct m2m_format coded = raw;
	struct m2m *m2m = &torrent->m2m;
	int ret;

	ret = m2m_open(m2m, VEPU_DRIVER, V4L2_PIX_FMT_JPEG);
	if (ret == -ENODEV)
		ksft_exit_skip("no JPEG encoder of %s\n", VEPU_DRIVER);
	must(ret, VEPU_DRIVER);
	coded.pixelformat = V4L2_PIX_FMT_JPEG;
	must(m2m_set_format(&m2m->capture, &coded), "CAPTURE format");
	must(m2m_set_format(&m2m->output, &raw), "OUTPUT format");
	must(m2m_allocate_pair(m2m, torrent->depth), "buffers");
	must(m2m_export(&m2m->capture), "EXPBUF");
	paint(torrent, &raw, seed);
	torrent->session.m2m = m2m;
	torrent->session.random.state = seed;
}

/* Who asks now meets a job that waits, or runs, or is over: nobody knows which. */
static void ask(struct torrent *torrent)
{
	session_ask(&torrent->session, &torrent->m2m.capture, torrent->frame % torrent->depth,
		    CONSUMER_UNSURE);
	session_flush(&torrent->session, "");
}

static void one_frame(struct torrent *torrent)
{
	unsigned int index = torrent->frame % torrent->depth;
	struct m2m *m2m = &torrent->m2m;
	struct m2m_done done, fed;

	if (torrent->frame % ASKED == 0)
		ask(torrent);
	if (!m2m_wait(m2m, PATIENCE))
		ksft_exit_fail_msg("frame %u: no CAPTURE buffer\n", torrent->frame);
	must(m2m_dqbuf(&m2m->capture, &done), "DQBUF CAPTURE");
	must(m2m_dqbuf_fed(m2m, &fed), "DQBUF OUTPUT");
	torrent->errors += !!((done.flags | fed.flags) & V4L2_BUF_FLAG_ERROR);
	torrent->wrong_order += done.index != index || fed.index != index ||
			      done.sequence != torrent->frame;
	torrent->wrong_payloads += done.bytesused[0] != vepu_size(&torrent->vepu[index]) ||
				 vepu_wrong(&torrent->vepu[index],
					    m2m->capture.buffer[index].plane[0].map);
	must(m2m_qbuf(&m2m->capture, index, NULL), "QBUF CAPTURE");
	torrent->frame++;
}

static void stream(struct torrent *torrent, unsigned int frames)
{
	struct m2m *m2m = &torrent->m2m;
	unsigned int i;

	for (i = 0; i < torrent->depth; i++) {
		must(m2m_qbuf(&m2m->capture, i, NULL), "QBUF CAPTURE");
		must(m2m_qbuf(&m2m->output, i, torrent->vepu[i].bytes), "QBUF OUTPUT");
	}
	must(m2m_streamon(&m2m->capture), "STREAMON CAPTURE");
	must(m2m_streamon(&m2m->output), "STREAMON OUTPUT");
	while (torrent->frame < frames) {
		one_frame(torrent);
		i = (torrent->frame - 1) % torrent->depth;
		if (torrent->frame + torrent->depth <= frames)
			must(m2m_qbuf(&m2m->output, i, torrent->vepu[i].bytes), "QBUF OUTPUT");
	}
	must(m2m_streamoff(&m2m->output), "STREAMOFF OUTPUT");
	must(m2m_streamoff(&m2m->capture), "STREAMOFF CAPTURE");
	m2m_close(m2m);
}

int main(int argc, char **argv)
{
	static struct torrent torrent;
	__u64 depth = 8, frames = 1000, seed = 0;
	const struct arg args[] = {
		{ .name = "depth", .number = &depth },
		{ .name = "frames", .number = &frames },
		{ .name = "seed", .number = &seed },
	};

	ksft_print_header();
	if (args_parse(argc, argv, args, ARRAY_SIZE(args)))
		ksft_exit_fail_msg("bad options\n");
	if (!depth || depth > VIDEO_MAX_FRAME || frames < depth)
		ksft_exit_fail_msg("depth or frames out of range\n");
	torrent.depth = depth;
	set_up(&torrent, seed);
	ksft_set_plan(3);
	stream(&torrent, frames);

	ksft_test_result(!torrent.errors && !torrent.wrong_order, "capture.streams\n");
	ksft_test_result(!torrent.wrong_payloads, "capture.payload\n");
	ksft_test_result(!torrent.session.errors, "capture.probes\n");
	ksft_finished();
}
