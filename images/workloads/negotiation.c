// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a node says that it can do: capabilities, formats, sizes of frames,
 * selections, controls, events. It is asked for everything that it lists, for
 * what lies beyond, and for what there is not; while it is idle, with buffers,
 * and while it streams. What it answers is judged by the host. Then it must work
 * as before.
 */
#include <string.h>

#include "kselftest.h"

#include "args.h"
#include "call.h"
#include "copy.h"
#include "must.h"
#include "workload.h"

/* No driver has so many of anything; one whose list never ends is left there. */
#define LISTED_MAX	64

/* What no field is that the kernel has filled in. */
#define JUNK		0xa5

/* A pixel format, a control, a type of buffer, a target and an event that nobody has. */
#define NO_FORMAT	v4l2_fourcc('m', '2', 'm', '?')
#define NO_CONTROL	0x0098ffffU
#define NO_TYPE		0x7fU
#define NO_TARGET	0x7fffU
#define NO_EVENT	0x01234567U

static const __u32 sizes[][2] = {
	{ 0, 0 }, { 1, 1 }, { 161, 121 }, { 640, 480 }, { 1920, 1080 }, { ~0U, ~0U },
};

/* What bounds the others comes first. */
static const __u32 targets[] = {
	V4L2_SEL_TGT_CROP_BOUNDS, V4L2_SEL_TGT_CROP_DEFAULT, V4L2_SEL_TGT_CROP,
	V4L2_SEL_TGT_COMPOSE_BOUNDS, V4L2_SEL_TGT_COMPOSE_DEFAULT, V4L2_SEL_TGT_COMPOSE,
	NO_TARGET,
};

static const struct v4l2_rect rects[] = {
	{ 0, 0, 0, 0 }, { 0, 0, 16, 16 }, { 8, 8, 64, 48 }, { -1, -1, 32, 32 },
	{ 0, 0, ~0U, ~0U }, { 0x7fffffff, 0x7fffffff, 1, 1 },
};

/* What the queue would be called if the node were of the other kind. */
static __u32 other_type(__u32 type)
{
	switch (type) {
	case V4L2_BUF_TYPE_VIDEO_CAPTURE:
		return V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
	case V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE:
		return V4L2_BUF_TYPE_VIDEO_CAPTURE;
	case V4L2_BUF_TYPE_VIDEO_OUTPUT:
		return V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE;
	default:
		return V4L2_BUF_TYPE_VIDEO_OUTPUT;
	}
}

static void fill_in(const struct m2m_queue *queue, struct v4l2_format *format, __u32 pixelformat,
		    const __u32 *size)
{
	memset(format, 0, sizeof(*format));
	format->type = queue->type;
	if (queue->multiplanar) {
		format->fmt.pix_mp.pixelformat = pixelformat;
		format->fmt.pix_mp.width = size[0];
		format->fmt.pix_mp.height = size[1];
		return;
	}
	format->fmt.pix.pixelformat = pixelformat;
	format->fmt.pix.width = size[0];
	format->fmt.pix.height = size[1];
}

static void ask_format(const struct m2m_queue *queue)
{
	struct v4l2_format format = { .type = queue->type };

	call_device(queue->fd, VIDIOC_G_FMT, &format);
}

static void try_format(const struct m2m_queue *queue, __u32 pixelformat, const __u32 *size)
{
	struct v4l2_format format;

	fill_in(queue, &format, pixelformat, size);
	call_device(queue->fd, VIDIOC_TRY_FMT, &format);
	ask_format(queue);
}

/* Tried, then the same set, and what there is after each. */
static void negotiate(const struct m2m_queue *queue, __u32 pixelformat, const __u32 *size)
{
	struct v4l2_format format;

	try_format(queue, pixelformat, size);
	fill_in(queue, &format, pixelformat, size);
	call_device(queue->fd, VIDIOC_S_FMT, &format);
	ask_format(queue);
}

/* Nobody has a use for these fields, and the driver has to say so. */
static void soil(struct v4l2_pix_format_mplane *format)
{
	unsigned int i;

	memset(format->reserved, JUNK, sizeof(format->reserved));
	format->num_planes = VIDEO_MAX_PLANES;
	for (i = 0; i < VIDEO_MAX_PLANES; i++)
		memset(format->plane_fmt[i].reserved, JUNK,
		       sizeof(format->plane_fmt[i].reserved));
}

/* The format of several planes with junk in it. */
static void negotiate_soiled(const struct m2m_queue *queue, __u32 pixelformat)
{
	struct v4l2_format format;

	if (!queue->multiplanar)
		return;
	fill_in(queue, &format, pixelformat, sizes[3]);
	soil(&format.fmt.pix_mp);
	call_device(queue->fd, VIDIOC_TRY_FMT, &format);
	fill_in(queue, &format, pixelformat, sizes[3]);
	soil(&format.fmt.pix_mp);
	call_device(queue->fd, VIDIOC_S_FMT, &format);
}

static void ask_frame_sizes(int fd, __u32 pixelformat)
{
	struct v4l2_frmsizeenum frame = { .pixel_format = pixelformat, .reserved = { JUNK } };
	struct v4l2_frmivalenum interval = { .pixel_format = pixelformat, .width = 64,
					     .height = 64 };

	while (frame.index < LISTED_MAX && !call_device(fd, VIDIOC_ENUM_FRAMESIZES, &frame))
		frame.index++;
	frame.index = ~0U;
	call_device(fd, VIDIOC_ENUM_FRAMESIZES, &frame);
	call_device(fd, VIDIOC_ENUM_FRAMEINTERVALS, &interval);
}

/* Each call fills in what it knows, so each gets a structure of its own. */
static __u32 list_format(const struct m2m_queue *queue, __u32 index)
{
	struct v4l2_fmtdesc listed = {
		.type = queue->type, .index = index, .reserved = { JUNK },
	};

	return call_device(queue->fd, VIDIOC_ENUM_FMT, &listed) ? 0 : listed.pixelformat;
}

static void ask_for_no_type(int fd, __u32 type)
{
	struct v4l2_format format = { .type = type };
	struct v4l2_fmtdesc listed = { .type = type };

	call_device(fd, VIDIOC_ENUM_FMT, &listed);
	call_device(fd, VIDIOC_G_FMT, &format);
	format.type = type;
	call_device(fd, VIDIOC_TRY_FMT, &format);
	format.type = type;
	call_device(fd, VIDIOC_S_FMT, &format);
}

/* What may be set is set, and at the end the queue has the format that it had. */
static void ask_formats(const struct m2m_queue *queue)
{
	struct v4l2_format before = { .type = queue->type };
	__u32 index, pixelformat;
	unsigned int i;

	must(call_device(queue->fd, VIDIOC_G_FMT, &before), "G_FMT");
	for (index = 0; index < LISTED_MAX; index++) {
		pixelformat = list_format(queue, index);
		if (!pixelformat)
			break;
		for (i = 0; i < (index ? 3 : ARRAY_SIZE(sizes)); i++)
			negotiate(queue, pixelformat, sizes[i + (index ? 1 : 0)]);
		ask_frame_sizes(queue->fd, pixelformat);
	}
	list_format(queue, index + 1);
	list_format(queue, ~0U);
	ask_frame_sizes(queue->fd, NO_FORMAT);
	negotiate(queue, NO_FORMAT, sizes[3]);
	negotiate_soiled(queue, list_format(queue, 0));
	ask_for_no_type(queue->fd, NO_TYPE);
	ask_for_no_type(queue->fd, other_type(queue->type));
	must(call_device(queue->fd, VIDIOC_S_FMT, &before), "S_FMT");
}

static void ask_selections(const struct m2m_queue *queue)
{
	struct v4l2_selection selection, before;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(targets); i++) {
		before = (struct v4l2_selection){ .type = queue->type, .target = targets[i] };
		if (call_device(queue->fd, VIDIOC_G_SELECTION, &before) && targets[i] != NO_TARGET)
			continue;
		for (j = 0; j < ARRAY_SIZE(rects); j++) {
			selection = (struct v4l2_selection){
				.type = queue->type, .target = targets[i], .r = rects[j],
			};
			call_device(queue->fd, VIDIOC_S_SELECTION, &selection);
			selection.type = queue->type;
			call_device(queue->fd, VIDIOC_G_SELECTION, &selection);
		}
		call_device(queue->fd, VIDIOC_S_SELECTION, &before);
	}
	selection = (struct v4l2_selection){ .type = NO_TYPE };
	call_device(queue->fd, VIDIOC_G_SELECTION, &selection);
}

static void set_control(int fd, __u32 id, __s64 value)
{
	struct v4l2_control control = { .id = id, .value = value };

	if (value < -0x80000000LL || value > 0x7fffffffLL)
		return;
	call_device(fd, VIDIOC_S_CTRL, &control);
	control.value = 0;
	call_device(fd, VIDIOC_G_CTRL, &control);
}

static void ask_menu(int fd, const struct v4l2_query_ext_ctrl *known)
{
	struct v4l2_querymenu item = { .id = known->id, .reserved = JUNK };
	__s64 index;

	for (index = known->minimum; index <= known->maximum && index < LISTED_MAX; index++) {
		item.index = index;
		call_device(fd, VIDIOC_QUERYMENU, &item);
	}
	item.index = known->maximum + 1;
	call_device(fd, VIDIOC_QUERYMENU, &item);
}

/* Who asks for it is told at once what the control is like. */
static void hear_first(int fd, __u32 id)
{
	struct v4l2_event_subscription wish = {
		.type = V4L2_EVENT_CTRL, .id = id, .flags = V4L2_EVENT_SUB_FL_SEND_INITIAL,
	};
	struct v4l2_event event;

	call_device(fd, VIDIOC_SUBSCRIBE_EVENT, &wish);
	call_device(fd, VIDIOC_DQEVENT, &event);
	call_device(fd, VIDIOC_UNSUBSCRIBE_EVENT, &wish);
}

static bool is_menu(const struct v4l2_query_ext_ctrl *known)
{
	return known->type == V4L2_CTRL_TYPE_MENU || known->type == V4L2_CTRL_TYPE_INTEGER_MENU;
}

/* Set to its least and greatest value, beyond both, and to what it was. */
static void ask_control(int fd, const struct v4l2_query_ext_ctrl *known)
{
	struct v4l2_control before = { .id = known->id };

	if (is_menu(known))
		ask_menu(fd, known);
	hear_first(fd, known->id);
	if (call_device(fd, VIDIOC_G_CTRL, &before))
		return;
	set_control(fd, known->id, known->minimum);
	set_control(fd, known->id, known->maximum);
	set_control(fd, known->id, known->minimum - 1);
	set_control(fd, known->id, known->maximum + 1);
	set_control(fd, known->id, before.value);
}

static void ask_controls(int fd)
{
	const __u32 next = V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;
	struct v4l2_query_ext_ctrl known = { .id = next };
	struct v4l2_control none = { .id = NO_CONTROL };
	unsigned int i;

	for (i = 0; i < LISTED_MAX; i++) {
		if (call_device(fd, VIDIOC_QUERY_EXT_CTRL, &known))
			break;
		if (known.type != V4L2_CTRL_TYPE_CTRL_CLASS)
			ask_control(fd, &known);
		known = (struct v4l2_query_ext_ctrl){
			.id = known.id | next, .reserved = { JUNK },
		};
	}
	known = (struct v4l2_query_ext_ctrl){ .id = NO_CONTROL };
	call_device(fd, VIDIOC_QUERY_EXT_CTRL, &known);
	call_device(fd, VIDIOC_G_CTRL, &none);
	call_device(fd, VIDIOC_S_CTRL, &none);
}

static void subscribe(int fd, __u32 type, __u32 id)
{
	struct v4l2_event_subscription wish = { .type = type, .id = id };
	struct v4l2_event event;

	call_device(fd, VIDIOC_SUBSCRIBE_EVENT, &wish);
	call_device(fd, VIDIOC_DQEVENT, &event);
	call_device(fd, VIDIOC_UNSUBSCRIBE_EVENT, &wish);
}

/* Of all controls at once, so that events wait for each other. */
static void hear_all(int fd)
{
	const __u32 next = V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;
	struct v4l2_event_subscription wish = {
		.type = V4L2_EVENT_CTRL, .flags = V4L2_EVENT_SUB_FL_SEND_INITIAL,
	};
	struct v4l2_event_subscription all = { .type = V4L2_EVENT_ALL };
	struct v4l2_query_ext_ctrl known = { .id = next };
	struct v4l2_event event;
	unsigned int i;

	for (i = 0; i < LISTED_MAX && !call_device(fd, VIDIOC_QUERY_EXT_CTRL, &known); i++) {
		wish.id = known.id;
		call_device(fd, VIDIOC_SUBSCRIBE_EVENT, &wish);
		known = (struct v4l2_query_ext_ctrl){ .id = known.id | next };
	}
	for (i = 0; i < LISTED_MAX && !call_device(fd, VIDIOC_DQEVENT, &event); i++)
		;
	call_device(fd, VIDIOC_UNSUBSCRIBE_EVENT, &all);
}

static void ask_events(int fd)
{
	hear_all(fd);
	subscribe(fd, V4L2_EVENT_EOS, 0);
	subscribe(fd, V4L2_EVENT_SOURCE_CHANGE, 0);
	subscribe(fd, V4L2_EVENT_CTRL, NO_CONTROL);
	subscribe(fd, NO_EVENT, 0);
	subscribe(fd, V4L2_EVENT_ALL, 0);
}

static void ask_capabilities(int fd)
{
	struct v4l2_capability caps = { 0 };

	call_device(fd, VIDIOC_QUERYCAP, &caps);
}

/* Nothing is set here that the buffers would have to fit. */
static void ask_busy(const struct m2m_queue *queue)
{
	try_format(queue, list_format(queue, 0), sizes[4]);
	ask_for_no_type(queue->fd, NO_TYPE);
	ask_controls(queue->fd);
}

/* Without buffers anything may be set. */
static void ask_idle(struct copy *copy)
{
	m2m_free(&copy->m2m.output);
	m2m_free(&copy->m2m.capture);
	ask_capabilities(copy->m2m.fd);
	ask_formats(&copy->m2m.output);
	ask_formats(&copy->m2m.capture);
	ask_selections(&copy->m2m.output);
	ask_selections(&copy->m2m.capture);
	ask_controls(copy->m2m.fd);
	ask_events(copy->m2m.fd);
}

int main(int argc, char **argv)
{
	static struct copy asked, copy;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 10,
	};

	workload_begin(&options, argc, argv, NULL, 0);
	/* One file is asked, another works beside it: no file sees what another was told. */
	workload_open(&copy, &options);
	workload_reopen(&asked, &options, 1);

	ksft_set_plan(1);
	ask_idle(&asked);
	copy_close(&asked);
	ask_busy(&copy.m2m.output);
	ask_busy(&copy.m2m.capture);
	must(copy_start(&copy), "start");
	ask_busy(&copy.m2m.output);
	ask_busy(&copy.m2m.capture);
	ask_capabilities(copy.m2m.fd);
	must(copy_feed(&copy, 0), "QBUF OUTPUT");
	must(copy_finish(&copy, 0), "job");
	copy_close(&copy);

	ksft_test_result_pass("node.asked\n");
	ksft_finished();
}
