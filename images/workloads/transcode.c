// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stream goes through vicodec's stateful encoder and decoder as a player would
 * do it: the size of the pictures changes in the middle, and both are drained at
 * the end. Blocks of one colour are coded without loss at the best quality, so
 * what comes out is what went in, byte for byte. Buffers that only say that
 * something has changed are filled by no job and have no fence.
 */
#include <errno.h>
#include <stdlib.h>

#include "kselftest.h"

#include "args.h"
#include "call.h"
#include "clock.h"
#include "m2m.h"
#include "must.h"
#include "pattern.h"
#include "record.h"
#include "session.h"

#define BLOCK		8
#define DEPTH		3
#define FRAMES		4
#define SIZES		2

#define PATIENCE	(10 * NSEC_PER_SEC)

struct size {
	__u32 width;
	__u32 height;
};

static const struct size sizes[SIZES] = { { 640, 368 }, { 720, 400 } };

struct packet {
	void *data;
	__u32 size;
};

struct result {
	unsigned int encoded;
	unsigned int decoded;
	unsigned int wrong;
	unsigned int errors;
	unsigned int changes;
	unsigned int drained;
};

struct transcoder {
	struct session session;
	__u64 seed;
	struct packet packet[SIZES * FRAMES];
	/* Of @packet, the next that the decoder gets. */
	unsigned int fed;
	struct result result;
};

static size_t raw_size(const struct size *size)
{
	return size->width * size->height * 3 / 2;
}

/* One plane after the other: luma, and twice chroma of half the width and height. */
static void paint(unsigned char *to, const struct size *size, __u64 seed, unsigned int frame)
{
	unsigned char colour[720 * 400 / BLOCK / BLOCK];
	unsigned int plane, width, height, x, y;

	for (plane = 0; plane < 3; plane++) {
		width = plane ? size->width / 2 : size->width;
		height = plane ? size->height / 2 : size->height;
		pattern_fill(colour, sizeof(colour), seed, frame, plane);
		for (y = 0; y < height; y++) {
			for (x = 0; x < width; x++)
				*to++ = colour[y / BLOCK * (width / BLOCK) + x / BLOCK];
		}
	}
}

static bool shows(const unsigned char *from, const struct size *size, __u64 seed,
		  unsigned int frame)
{
	unsigned char *expected = malloc(raw_size(size));
	bool same;

	must(expected ? 0 : -ENOMEM, "memory");
	paint(expected, size, seed, frame);
	same = !memcmp(from, expected, raw_size(size));
	free(expected);
	return same;
}

static void dequeue(struct transcoder *transcoder, struct m2m *m2m, struct m2m_done *done)
{
	struct session *session = &transcoder->session;

	session->m2m = m2m;
	if (!m2m_wait(m2m, PATIENCE))
		ksft_exit_fail_msg("no CAPTURE buffer\n");
	must(m2m_dqbuf(&m2m->capture, done), "DQBUF CAPTURE");
	session_ask(session, &m2m->capture, done->index, CONSUMER_DONE);
	session_print_dqbuf(session, &m2m->capture, done);
	session_flush(session, "");
	transcoder->result.errors += !!(done->flags & V4L2_BUF_FLAG_ERROR);
}

static void start_capture(struct m2m *m2m)
{
	unsigned int i;

	must(m2m_allocate(&m2m->capture, DEPTH), "CAPTURE buffers");
	must(m2m_export(&m2m->capture), "EXPBUF");
	for (i = 0; i < m2m->capture.buffers; i++)
		must(m2m_qbuf(&m2m->capture, i, NULL), "QBUF CAPTURE");
	must(m2m_streamon(&m2m->capture), "STREAMON CAPTURE");
}

static void keep(struct transcoder *transcoder, const struct m2m *m2m, const struct m2m_done *done)
{
	struct packet *packet = &transcoder->packet[transcoder->result.encoded++];

	packet->size = done->bytesused[0];
	packet->data = malloc(packet->size);
	must(packet->data ? 0 : -ENOMEM, "memory");
	memcpy(packet->data, m2m->capture.buffer[done->index].plane[0].map, packet->size);
}

static void encode(struct transcoder *transcoder, const struct size *size, unsigned int first)
{
	struct v4l2_encoder_cmd stop = { .cmd = V4L2_ENC_CMD_STOP };
	struct m2m_format format = {
		.width = size->width, .height = size->height, .pixelformat = V4L2_PIX_FMT_YUV420,
	};
	__u32 bytes = raw_size(size);
	struct m2m_done done = { 0 };
	unsigned int i, end;
	struct m2m m2m;
	int ret;

	ret = m2m_open(&m2m, "vicodec", V4L2_PIX_FMT_FWHT);
	if (ret == -ENODEV)
		ksft_exit_skip("no vicodec\n");
	must(ret, "encoder");
	must(m2m_set_format(&m2m.output, &format), "OUTPUT format");
	must(m2m_set_control(&m2m, V4L2_CID_FWHT_I_FRAME_QP, 1), "quality");
	must(m2m_set_control(&m2m, V4L2_CID_FWHT_P_FRAME_QP, 1), "quality");
	must(m2m_allocate(&m2m.output, FRAMES), "OUTPUT buffers");
	start_capture(&m2m);
	must(m2m_streamon(&m2m.output), "STREAMON OUTPUT");
	for (i = 0; i < FRAMES; i++) {
		paint(m2m.output.buffer[i].plane[0].map, size, transcoder->seed, first + i);
		must(m2m_qbuf(&m2m.output, i, &bytes), "QBUF OUTPUT");
	}
	must(call_device(m2m.fd, VIDIOC_ENCODER_CMD, &stop), "ENC_CMD_STOP");
	end = transcoder->result.encoded + FRAMES;
	while (!(done.flags & V4L2_BUF_FLAG_LAST)) {
		dequeue(transcoder, &m2m, &done);
		if (done.bytesused[0] && transcoder->result.encoded < end)
			keep(transcoder, &m2m, &done);
		must(m2m_qbuf(&m2m.capture, done.index, NULL), "QBUF CAPTURE");
	}
	transcoder->result.drained++;
	m2m_close(&m2m);
}

/* As many packets as there are free OUTPUT buffers. */
static void feed(struct transcoder *transcoder, struct m2m *decoder)
{
	struct m2m_queue *output = &decoder->output;
	const struct packet *packet;
	struct m2m_done done;

	while (transcoder->fed < SIZES * FRAMES) {
		done.index = transcoder->fed;
		if (transcoder->fed >= output->buffers && m2m_dqbuf(output, &done))
			return;
		packet = &transcoder->packet[transcoder->fed++];
		memcpy(output->buffer[done.index].plane[0].map, packet->data, packet->size);
		must(m2m_qbuf(output, done.index, &packet->size), "QBUF OUTPUT");
	}
}

/* What the decoder has to say about the size; the new buffers are such. */
static void change_size(struct transcoder *transcoder, struct m2m *decoder,
			const struct size *size)
{
	struct v4l2_event event = { 0 };
	struct m2m_format format;

	must(call_device(decoder->fd, VIDIOC_DQEVENT, &event), "DQEVENT");
	must(m2m_get_format(&decoder->capture, &format), "CAPTURE format");
	transcoder->result.changes += event.type == V4L2_EVENT_SOURCE_CHANGE &&
				      format.width == size->width &&
				      format.height == size->height &&
				      format.sizeimage[0] == raw_size(size);
	m2m_free(&decoder->capture);
	start_capture(decoder);
}

/* Until a buffer says that it is the last of its size, or of all. */
static void decode_size(struct transcoder *transcoder, struct m2m *decoder, unsigned int number)
{
	struct result *result = &transcoder->result;
	struct m2m_done done = { 0 };
	bool right;

	while (!(done.flags & V4L2_BUF_FLAG_LAST)) {
		feed(transcoder, decoder);
		dequeue(transcoder, decoder, &done);
		if (done.bytesused[0]) {
			right = shows(decoder->capture.buffer[done.index].plane[0].map,
				      &sizes[number], transcoder->seed, result->decoded);
			record_pixels(decoder->fd, decoder->capture.type, done.index, !right,
				      done.bytesused[0]);
			result->wrong += !right;
			result->decoded++;
		}
		if (!(done.flags & V4L2_BUF_FLAG_LAST))
			must(m2m_qbuf(&decoder->capture, done.index, NULL), "QBUF CAPTURE");
	}
	must(m2m_streamoff(&decoder->capture), "STREAMOFF CAPTURE");
}

static void decode(struct transcoder *transcoder)
{
	struct v4l2_event_subscription change = { .type = V4L2_EVENT_SOURCE_CHANGE };
	struct v4l2_decoder_cmd stop = { .cmd = V4L2_DEC_CMD_STOP };
	struct m2m_format format = {
		.width = sizes[SIZES - 1].width, .height = sizes[SIZES - 1].height,
		.pixelformat = V4L2_PIX_FMT_FWHT,
	};
	unsigned int number;
	struct m2m decoder;

	must(m2m_open_decoder(&decoder, "vicodec", V4L2_PIX_FMT_FWHT), "decoder");
	must(call_device(decoder.fd, VIDIOC_SUBSCRIBE_EVENT, &change), "SUBSCRIBE_EVENT");
	must(m2m_set_format(&decoder.output, &format), "OUTPUT format");
	/* All packets fit, so the stream can be ended before it is decoded. */
	must(m2m_allocate(&decoder.output, SIZES * FRAMES), "OUTPUT buffers");
	feed(transcoder, &decoder);
	must(m2m_streamon(&decoder.output), "STREAMON OUTPUT");
	for (number = 0; number < SIZES; number++) {
		change_size(transcoder, &decoder, &sizes[number]);
		if (number == SIZES - 1)
			must(call_device(decoder.fd, VIDIOC_DECODER_CMD, &stop), "DEC_CMD_STOP");
		decode_size(transcoder, &decoder, number);
	}
	transcoder->result.drained++;
	m2m_close(&decoder);
}

int main(int argc, char **argv)
{
	static struct transcoder transcoder;
	const struct arg args[] = {
		{ .name = "seed", .number = &transcoder.seed },
	};
	const struct result *result = &transcoder.result;
	unsigned int i;

	ksft_print_header();
	if (args_parse(argc, argv, args, ARRAY_SIZE(args)))
		ksft_exit_fail_msg("bad options\n");
	transcoder.session.random.state = transcoder.seed;

	ksft_set_plan(5);
	for (i = 0; i < SIZES; i++)
		encode(&transcoder, &sizes[i], i * FRAMES);
	decode(&transcoder);

	ksft_test_result(result->encoded == SIZES * FRAMES && result->decoded == SIZES * FRAMES &&
			 !result->errors, "capture.streams\n");
	ksft_test_result(!result->wrong, "capture.pixels\n");
	ksft_test_result(result->changes == SIZES, "capture.size-changes\n");
	ksft_test_result(result->drained == SIZES + 1, "capture.drained\n");
	ksft_test_result(!transcoder.session.errors, "capture.probes\n");
	ksft_finished();
}
