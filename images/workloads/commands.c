// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands of encoders and decoders, tried and given, to whatever device: those
 * that it has, those that it does not have, and one that there is not; before a
 * stream, within one and after it.
 */
#include <errno.h>
#include <poll.h>

#include "kselftest.h"

#include "call.h"
#include "copy.h"
#include "must.h"
#include "workload.h"

/* No command has this number. */
#define NO_COMMAND	77

static void encoder(int fd, __u32 command)
{
	struct v4l2_encoder_cmd tried = { .cmd = command };
	struct v4l2_encoder_cmd given = { .cmd = command };

	call_device(fd, VIDIOC_TRY_ENCODER_CMD, &tried);
	call_device(fd, VIDIOC_ENCODER_CMD, &given);
}

static void decoder(int fd, __u32 command)
{
	struct v4l2_decoder_cmd tried = { .cmd = command };
	struct v4l2_decoder_cmd given = { .cmd = command };

	call_device(fd, VIDIOC_TRY_DECODER_CMD, &tried);
	call_device(fd, VIDIOC_DECODER_CMD, &given);
}

/* None of these stops a stream. */
static void harmless(int fd)
{
	encoder(fd, NO_COMMAND);
	decoder(fd, NO_COMMAND);
	encoder(fd, V4L2_ENC_CMD_PAUSE);
	decoder(fd, V4L2_DEC_CMD_PAUSE);
	decoder(fd, V4L2_DEC_CMD_FLUSH);
}

static void all(int fd)
{
	harmless(fd);
	encoder(fd, V4L2_ENC_CMD_STOP);
	encoder(fd, V4L2_ENC_CMD_STOP);
	encoder(fd, V4L2_ENC_CMD_START);
	decoder(fd, V4L2_DEC_CMD_STOP);
	decoder(fd, V4L2_DEC_CMD_STOP);
	decoder(fd, V4L2_DEC_CMD_START);
}

static void stop(struct copy *copy)
{
	must(m2m_streamoff(&copy->m2m.output), "STREAMOFF OUTPUT");
	must(m2m_streamoff(&copy->m2m.capture), "STREAMOFF CAPTURE");
}

/* What poll() says of both queues, after a while in which nothing else is done. */
static void ask(int fd)
{
	struct pollfd asked = { .fd = fd, .events = POLLIN | POLLOUT };

	clock_sleep(NSEC_PER_MSEC);
	poll(&asked, 1, 0);
}

/* The last CAPTURE buffer is taken back, the OUTPUT buffers are not; then they are, too. */
static void end_stream(struct copy *copy)
{
	struct v4l2_encoder_cmd end = { .cmd = V4L2_ENC_CMD_STOP };
	struct m2m_done done;

	copy->frame = 0;
	copy->fed = 0;
	must(copy_start(copy), "start");
	must(copy_feed(copy, 0), "QBUF OUTPUT");
	must(copy_settle(copy, 0), "call");
	if (!call_device(copy->m2m.fd, VIDIOC_ENCODER_CMD, &end)) {
		must(m2m_wait(&copy->m2m, COPY_PATIENCE) ? 0 : -ETIME, "job");
		while (!m2m_dqbuf(&copy->m2m.capture, &done))
			;
		ask(copy->m2m.fd);
		m2m_dqbuf_fed(&copy->m2m, &done);
		ask(copy->m2m.fd);
	}
	stop(copy);
}

static void work(struct copy *copy)
{
	copy->frame = 0;
	copy->fed = 0;
	must(copy_start(copy), "start");
	harmless(copy->m2m.fd);
	must(copy_feed(copy, 0), "QBUF OUTPUT");
	must(copy_finish(copy, 0), "job");
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 10,
	};

	workload_begin(&options, argc, argv, NULL, 0);
	workload_open(&copy, &options);

	ksft_set_plan(1);
	all(copy.m2m.fd);
	work(&copy);
	all(copy.m2m.fd);
	stop(&copy);
	end_stream(&copy);
	work(&copy);
	copy_close(&copy);

	ksft_test_result_pass("commands.given\n");
	ksft_finished();
}
