// SPDX-License-Identifier: GPL-2.0-only
/* Calls on video devices: files, formats, commands, streams. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "exercise.h"

static struct exercise_file *new_file(const struct exercise *exercise, int fd)
{
	struct exercise_file *file = calloc(1, sizeof(*file));
	struct copy *copy;

	if (!file)
		return NULL;
	pthread_mutex_init(&file->filling, NULL);
	copy = &file->copy;
	copy->m2m = exercise->m2m;
	copy->m2m.fd = fd;
	copy->m2m.output.fd = fd;
	copy->m2m.capture.fd = fd;
	copy->options = exercise->options;
	copy->device = device_find(exercise->options.driver);
	copy->seed = exercise->options.seed;
	copy->depth = exercise->options.depth;
	copy->job = exercise->options.msec * NSEC_PER_MSEC;
	copy->media = -1;
	copy->foreign.timeline = -1;
	return file;
}

/* v = open [nonblock] */
static int make_open(struct exercise *exercise, const struct history_call *call)
{
	int flags = O_RDWR | O_CLOEXEC | (history_has(call, "nonblock") ? O_NONBLOCK : 0);
	int fd = open(exercise->path, flags);

	if (fd < 0)
		return -errno;
	if (call->result)
		exercise->file[exercise_number(call->result)] = new_file(exercise, fd);
	return fd;
}

/* setup v: formats, controls and the length of jobs, as the workloads have them. */
static int make_setup(struct exercise *exercise, const struct history_call *call)
{
	struct copy *copy = exercise_copy(exercise, call);

	if (!copy)
		return -EBADF;
	return copy->device->set_up(copy, exercise->options.msec);
}

static unsigned int count_formats(struct exercise_file *file, int fd, const struct m2m_queue *queue)
{
	bool capture = queue == &file->copy.m2m.capture;
	struct v4l2_fmtdesc desc = { .type = queue->type };

	while (!file->formats[capture]) {
		if (call_device(fd, VIDIOC_ENUM_FMT, &desc)) {
			file->formats[capture] = desc.index;
			break;
		}
		desc.index++;
	}
	return file->formats[capture];
}

/* What a program may wish for besides, and drivers know better. */
static void add_wishes(const struct history_call *call, struct v4l2_format *format)
{
	struct v4l2_pix_format_mplane *planes = &format->fmt.pix_mp;
	struct v4l2_pix_format *pix = &format->fmt.pix;

	if (V4L2_TYPE_IS_MULTIPLANAR(format->type)) {
		planes->pixelformat = history_number(call, "pixels", 0, planes->pixelformat);
		planes->field = history_number(call, "field", 0, 0);
		planes->num_planes = history_number(call, "planes", 0, 0);
		planes->plane_fmt[0].bytesperline = history_number(call, "stride", 0, 0);
		planes->plane_fmt[0].sizeimage = history_number(call, "size", 0, 0);
		return;
	}
	pix->pixelformat = history_number(call, "pixels", 0, pix->pixelformat);
	pix->field = history_number(call, "field", 0, 0);
	pix->bytesperline = history_number(call, "stride", 0, 0);
	pix->sizeimage = history_number(call, "size", 0, 0);
}

/*
 * format v out|cap get|try|set index= width= height= [pixels=] [field=] [planes=]
 * [stride=] [size=]
 */
static int make_format(const struct exercise_target *on, const struct history_call *call)
{
	struct v4l2_fmtdesc desc = { 0 };
	struct v4l2_format format = { 0 };

	format.type = on->queue->type;
	if (history_has(call, "get"))
		return call_device(on->fd, VIDIOC_G_FMT, &format);
	desc.type = on->queue->type;
	desc.index = history_index(call, "index", count_formats(on->file, on->fd, on->queue));
	call_device(on->fd, VIDIOC_ENUM_FMT, &desc);
	if (on->queue->multiplanar) {
		format.fmt.pix_mp.width = history_number(call, "width", 0, USUAL_WIDTH);
		format.fmt.pix_mp.height = history_number(call, "height", 0, USUAL_HEIGHT);
		format.fmt.pix_mp.pixelformat = desc.pixelformat;
	} else {
		format.fmt.pix.width = history_number(call, "width", 0, USUAL_WIDTH);
		format.fmt.pix.height = history_number(call, "height", 0, USUAL_HEIGHT);
		format.fmt.pix.pixelformat = desc.pixelformat;
	}
	add_wishes(call, &format);
	if (history_has(call, "try"))
		return call_device(on->fd, VIDIOC_TRY_FMT, &format);
	return call_device(on->fd, VIDIOC_S_FMT, &format);
}

/* streamon v out|cap, streamoff v out|cap */
static int make_stream(const struct exercise_target *on, const struct history_call *call)
{
	if (!strcmp(call->name, "streamon"))
		return call_device(on->fd, VIDIOC_STREAMON, &on->queue->type);
	return call_device(on->fd, VIDIOC_STREAMOFF, &on->queue->type);
}

/* command v encoder|decoder NUMBER [try] */
static int make_command(const struct exercise_target *on, const struct history_call *call)
{
	__u32 number = history_number(call, "command", 0, 0);
	struct v4l2_encoder_cmd encoder = { .cmd = number };
	struct v4l2_decoder_cmd decoder = { .cmd = number };

	if (history_has(call, "encoder")) {
		if (history_has(call, "try"))
			return call_device(on->fd, VIDIOC_TRY_ENCODER_CMD, &encoder);
		return call_device(on->fd, VIDIOC_ENCODER_CMD, &encoder);
	}
	if (history_has(call, "try"))
		return call_device(on->fd, VIDIOC_TRY_DECODER_CMD, &decoder);
	return call_device(on->fd, VIDIOC_DECODER_CMD, &decoder);
}

/* subscribe v event= [id=] [flags=], unsubscribe v event= [id=], dqevent v */
static int make_event(const struct exercise_target *on, const struct history_call *call)
{
	struct v4l2_event_subscription wanted = {
		.type = history_number(call, "event", 0, V4L2_EVENT_EOS),
		.flags = history_number(call, "flags", 0, 0),
	};
	struct v4l2_event event;

	if (wanted.type == V4L2_EVENT_CTRL)
		wanted.id = history_number(call, "id", 0, V4L2_CID_HFLIP);
	if (!strcmp(call->name, "subscribe"))
		return call_device(on->fd, VIDIOC_SUBSCRIBE_EVENT, &wanted);
	if (!strcmp(call->name, "unsubscribe"))
		return call_device(on->fd, VIDIOC_UNSUBSCRIBE_EVENT, &wanted);
	return call_device(on->fd, VIDIOC_DQEVENT, &event);
}

/* One job; 0, or a negative errno and what it is about. */
static int do_job(struct exercise *exercise, struct copy *copy, const char **what)
{
	int ret = copy_open(copy, &exercise->options, what);

	if (ret)
		return ret;
	*what = "start";
	ret = copy_start(copy);
	if (!ret) {
		*what = "job";
		ret = copy_feed(copy, 0);
		if (!ret)
			ret = copy_finish(copy, 0);
	}
	copy_close(copy);
	return ret ? ret : copy->failed ? -EIO : 0;
}

/*
 * work [tries=]: the device, opened anew, does a job as it should; where hardware
 * may fail, one of several.
 */
static int make_work(struct exercise *exercise, const struct history_call *call)
{
	__u64 tries = history_number(call, "tries", 0, 1);
	struct copy *copy = calloc(1, sizeof(*copy));
	const char *what = "memory";
	int ret = -ENOMEM;

	while (copy && ret && tries--) {
		memset(copy, 0, sizeof(*copy));
		ret = do_job(exercise, copy, &what);
	}
	if (ret) {
		printf("# work: %s: %s\n", what, strerror(-ret));
		exercise->failed = true;
	}
	free(copy);
	return ret;
}

const struct exercise_call calls_video[] = {
	{ "open", .make = make_open },
	{ "setup", .make = make_setup },
	{ "format", .on = make_format },
	{ "streamon", .on = make_stream },
	{ "streamoff", .on = make_stream },
	{ "command", .on = make_command },
	{ "subscribe", .on = make_event },
	{ "unsubscribe", .on = make_event },
	{ "dqevent", .on = make_event },
	{ "work", .make = make_work },
	{ 0 }
};
