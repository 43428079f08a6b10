// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver that has nothing to do with producer fences streams, and its
 * exported buffers are asked about all the time: the control group.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <linux/media-bus-format.h>
#include <linux/v4l2-subdev.h>

#include "kselftest.h"

#include "args.h"
#include "call.h"
#include "clock.h"
#include "m2m.h"
#include "must.h"
#include "session.h"

#define FRAME_WAIT	(2 * NSEC_PER_SEC)

#define WIDTH		640
#define HEIGHT		480
#define SUBDEVS		16

/* Moments at which the queued buffers are asked about, between two frames. */
#define LOOKS		3

struct stranger {
	struct m2m m2m;
	struct session session;
	unsigned int depth;
	unsigned int frames;
	unsigned int errors;
};

/*
 * The formats that vimc starts with do not fit together: its sensors give RGB
 * to debayering filters. Blocks that cannot do Bayer keep what they have.
 */
static void give_bayer(void)
{
	struct v4l2_subdev_format format = {
		.which = V4L2_SUBDEV_FORMAT_ACTIVE,
		.format = {
			.width = WIDTH,
			.height = HEIGHT,
			.code = MEDIA_BUS_FMT_SRGGB8_1X8,
			.field = V4L2_FIELD_NONE,
		},
	};
	char path[32];
	int subdev, number;

	for (number = 0; number < SUBDEVS; number++) {
		struct v4l2_subdev_format wanted = format;

		snprintf(path, sizeof(path), "/dev/v4l-subdev%d", number);
		subdev = open(path, O_RDWR | O_CLOEXEC);
		if (subdev < 0)
			continue;
		call_device(subdev, VIDIOC_SUBDEV_S_FMT, &wanted);
		close(subdev);
	}
}

static void set_up(struct stranger *stranger, const char *driver)
{
	struct m2m_queue *capture = &stranger->m2m.capture;
	struct m2m_format format = {
		.width = WIDTH,
		.height = HEIGHT,
		.pixelformat = V4L2_PIX_FMT_SRGGB8,
	};
	int ret;

	ret = m2m_open_capture(&stranger->m2m, driver);
	if (ret == -ENODEV)
		ksft_exit_skip("no capture node of %s\n", driver);
	must(ret, driver);
	if (!strcmp(driver, "vimc")) {
		give_bayer();
		must(m2m_set_format(capture, &format), "format");
	}
	must(m2m_allocate(capture, stranger->depth), "CAPTURE buffers");
	if (capture->buffers != stranger->depth)
		ksft_exit_fail_msg("the driver wants another number of buffers\n");
	must(m2m_export(capture), "EXPBUF");
	stranger->session.m2m = &stranger->m2m;
}

static void ask_all(struct stranger *stranger, enum consumer_state state)
{
	unsigned int i;

	for (i = 0; i < stranger->depth; i++) {
		session_ask(&stranger->session, &stranger->m2m.capture, i, state);
		session_flush(&stranger->session, "");
	}
}

static void one_frame(struct stranger *stranger)
{
	struct m2m_queue *capture = &stranger->m2m.capture;
	struct m2m_done done;
	unsigned int look;

	/* Which of the buffers the device fills at the moment is its secret. */
	for (look = 0; look < LOOKS; look++)
		ask_all(stranger, CONSUMER_UNSURE);
	must(m2m_wait(&stranger->m2m, FRAME_WAIT) ? 0 : -ETIME, "frame");
	must(m2m_dqbuf(capture, &done), "DQBUF");
	session_ask(&stranger->session, capture, done.index, CONSUMER_DONE);
	session_print_dqbuf(&stranger->session, capture, &done);
	session_flush(&stranger->session, "");
	stranger->errors += !!(done.flags & V4L2_BUF_FLAG_ERROR);
	stranger->frames++;
	must(m2m_qbuf(capture, done.index, NULL), "QBUF");
}

int main(int argc, char **argv)
{
	static struct stranger stranger;
	const char *driver = "vimc";
	__u64 frames = 6, seed = 0;
	const struct arg args[] = {
		{ .name = "driver", .word = &driver },
		{ .name = "frames", .number = &frames },
		{ .name = "seed", .number = &seed },
	};
	unsigned int i;

	ksft_print_header();
	if (args_parse(argc, argv, args, ARRAY_SIZE(args)))
		ksft_exit_fail_msg("bad options\n");
	stranger.depth = 3;
	stranger.session.random.state = seed;
	set_up(&stranger, driver);
	ksft_set_plan(2);
	ask_all(&stranger, CONSUMER_DEQUEUED);
	for (i = 0; i < stranger.depth; i++)
		must(m2m_qbuf(&stranger.m2m.capture, i, NULL), "QBUF");
	must(m2m_streamon(&stranger.m2m.capture), "STREAMON");
	while (stranger.frames < frames)
		one_frame(&stranger);
	must(m2m_streamoff(&stranger.m2m.capture), "STREAMOFF");
	m2m_close(&stranger.m2m);

	ksft_test_result(!stranger.errors, "capture.streams\n");
	ksft_test_result(!stranger.session.errors, "capture.probes\n");
	ksft_finished();
}
