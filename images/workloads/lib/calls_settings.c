// SPDX-License-Identifier: GPL-2.0-only
/* What a device can be asked, and told, besides formats and buffers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "exercise.h"

/* Controls of one call on several of them. */
#define CONTROLS	2

/* Controls that change no job's length. */
static const __u32 controls[] = {
	V4L2_CID_HFLIP, V4L2_CID_VFLIP, V4L2_CID_ROTATE, V4L2_CID_JPEG_COMPRESSION_QUALITY,
	V4L2_CID_MPEG_VIDEO_GOP_SIZE,
};

static __u32 control_id(const struct history_call *call)
{
	return controls[history_index(call, "id", sizeof(controls) / sizeof(*controls))];
}

/* control v id= value= [get] */
static int make_control(const struct exercise_target *on, const struct history_call *call)
{
	struct v4l2_control control = {
		.id = control_id(call), .value = history_number(call, "value", 0, 0),
	};

	if (history_has(call, "get"))
		return call_device(on->fd, VIDIOC_G_CTRL, &control);
	return call_device(on->fd, VIDIOC_S_CTRL, &control);
}

/* controls v id= value= [get|try] [count=] [default] [request=r] */
static int make_controls(const struct exercise_target *on, const struct history_call *call)
{
	struct v4l2_ext_control each[CONTROLS] = {
		{ .id = control_id(call), .value = history_number(call, "value", 0, 0) },
		{ .id = V4L2_CID_HFLIP, .value = 1 },
	};
	struct v4l2_ext_controls all = {
		.count = history_number(call, "count", CONTROLS, 1), .controls = each,
	};
	const char *request = history_value(call, "request");

	if (all.count > CONTROLS)
		all.count = CONTROLS;
	if (history_has(call, "default"))
		all.which = V4L2_CTRL_WHICH_DEF_VAL;
	if (request) {
		all.which = V4L2_CTRL_WHICH_REQUEST_VAL;
		all.request_fd = exercise_fd(on->exercise, request);
	}
	if (history_has(call, "get"))
		return call_device(on->fd, VIDIOC_G_EXT_CTRLS, &all);
	if (history_has(call, "try"))
		return call_device(on->fd, VIDIOC_TRY_EXT_CTRLS, &all);
	return call_device(on->fd, VIDIOC_S_EXT_CTRLS, &all);
}

/* querycontrol v id= [next]: and what is to choose from. */
static int make_querycontrol(const struct exercise_target *on, const struct history_call *call)
{
	struct v4l2_query_ext_ctrl query = { .id = control_id(call) };
	struct v4l2_querymenu menu = { .index = 1 };
	int ret;

	if (history_has(call, "next"))
		query.id |= V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;
	ret = call_device(on->fd, VIDIOC_QUERY_EXT_CTRL, &query);
	menu.id = query.id & V4L2_CTRL_ID_MASK;
	if (!ret && query.type == V4L2_CTRL_TYPE_MENU)
		call_device(on->fd, VIDIOC_QUERYMENU, &menu);
	return ret;
}

/* The control at @place in the order of identifiers, or the last one. */
static int find_own(int fd, unsigned int place, struct v4l2_query_ext_ctrl *found)
{
	struct v4l2_query_ext_ctrl query = { 0 };
	int ret = -EINVAL;

	do {
		query.id |= V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;
		if (call_device(fd, VIDIOC_QUERY_EXT_CTRL, &query))
			break;
		*found = query;
		ret = 0;
	} while (place--);
	return ret;
}

/* What is there, then perhaps another value, or as many bytes of it as the history says. */
static int set_own(int fd, const struct history_call *call, struct v4l2_ext_controls *all,
		   const struct v4l2_query_ext_ctrl *own)
{
	struct v4l2_ext_control *one = all->controls;

	if (own->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD)
		one->size = history_number(call, "size", one->size, one->size);
	else
		one->value = history_number(call, "value", own->maximum, one->value);
	if (history_has(call, "try"))
		return call_device(fd, VIDIOC_TRY_EXT_CTRLS, all);
	return call_device(fd, VIDIOC_S_EXT_CTRLS, all);
}

/* own v place= [get|try|set] [value=] [size=] [request=r]: a control that the device has. */
static int make_own(const struct exercise_target *on, const struct history_call *call)
{
	const char *request = history_value(call, "request");
	struct v4l2_query_ext_ctrl own = { 0 };
	struct v4l2_ext_control one = { 0 };
	struct v4l2_ext_controls all = { .count = 1, .controls = &one };
	int ret = find_own(on->fd, history_number(call, "place", 0, 0), &own);

	/* Those of a driver's own change what its jobs take. */
	if (ret || V4L2_CTRL_DRIVER_PRIV(own.id))
		return ret;
	one.id = own.id;
	if (own.flags & V4L2_CTRL_FLAG_HAS_PAYLOAD) {
		one.size = own.elems * own.elem_size;
		/* What is longer than it should be is read all the same. */
		one.ptr = calloc(2, one.size + 1);
		if (!one.ptr)
			return -ENOMEM;
	}
	if (request) {
		all.which = V4L2_CTRL_WHICH_REQUEST_VAL;
		all.request_fd = exercise_fd(on->exercise, request);
	}
	ret = call_device(on->fd, VIDIOC_G_EXT_CTRLS, &all);
	/* Nothing is kept of a request that waits; what it may be given was there before. */
	if (request && ret)
		one.size = own.elems * own.elem_size;
	if (!history_has(call, "get"))
		ret = set_own(on->fd, call, &all, &own);
	if (own.flags & V4L2_CTRL_FLAG_HAS_PAYLOAD)
		free(one.ptr);
	return ret;
}

/* crop v out|cap: as it was asked before there were selections. */
static int make_crop(const struct exercise_target *on, const struct history_call *call)
{
	struct v4l2_cropcap bounds = { .type = on->queue->type };
	struct v4l2_crop crop = { .type = on->queue->type };

	(void)call;
	call_device(on->fd, VIDIOC_CROPCAP, &bounds);
	return call_device(on->fd, VIDIOC_G_CROP, &crop);
}

/* The types of selections know no planes. */
static __u32 selected(const struct m2m_queue *queue)
{
	return V4L2_TYPE_IS_OUTPUT(queue->type) ? V4L2_BUF_TYPE_VIDEO_OUTPUT :
						  V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

/* selection v out|cap get|set target= left= top= width= height= [flags=] */
static int make_selection(const struct exercise_target *on, const struct history_call *call)
{
	struct v4l2_selection raw = {
		.type = selected(on->queue),
		.target = history_number(call, "target", 0, V4L2_SEL_TGT_CROP),
		.flags = history_number(call, "flags", 0, 0),
		.r = {
			.left = history_number(call, "left", 0, 0),
			.top = history_number(call, "top", 0, 0),
			.width = history_number(call, "width", 0, USUAL_WIDTH),
			.height = history_number(call, "height", 0, USUAL_HEIGHT),
		},
	};

	if (history_has(call, "set"))
		return call_device(on->fd, VIDIOC_S_SELECTION, &raw);
	return call_device(on->fd, VIDIOC_G_SELECTION, &raw);
}

/* priority v get|set value= */
static int make_priority(const struct exercise_target *on, const struct history_call *call)
{
	__u32 priority = history_number(call, "value", 0, V4L2_PRIORITY_DEFAULT);

	if (history_has(call, "set"))
		return call_device(on->fd, VIDIOC_S_PRIORITY, &priority);
	return call_device(on->fd, VIDIOC_G_PRIORITY, &priority);
}

/* rate v out|cap get|set: pictures in a second, which a stateful encoder knows. */
static int make_rate(const struct exercise_target *on, const struct history_call *call)
{
	struct v4l2_streamparm raw = { .type = on->queue->type };
	int ret = call_device(on->fd, VIDIOC_G_PARM, &raw);

	if (ret || !history_has(call, "set"))
		return ret;
	raw.parm.output.timeperframe.numerator = history_number(call, "value", 0, 1);
	raw.parm.output.timeperframe.denominator = 25;
	return call_device(on->fd, VIDIOC_S_PARM, &raw);
}

/* sizes v out|cap index=: of pictures in a format, and how often they come. */
static int make_sizes(const struct exercise_target *on, const struct history_call *call)
{
	struct v4l2_fmtdesc desc = {
		.type = on->queue->type, .index = history_number(call, "index", 0, 0),
	};
	struct v4l2_frmsizeenum size = { 0 };
	struct v4l2_frmivalenum interval = { .width = USUAL_WIDTH, .height = USUAL_HEIGHT };

	call_device(on->fd, VIDIOC_ENUM_FMT, &desc);
	size.pixel_format = desc.pixelformat;
	interval.pixel_format = desc.pixelformat;
	call_device(on->fd, VIDIOC_ENUM_FRAMEINTERVALS, &interval);
	return call_device(on->fd, VIDIOC_ENUM_FRAMESIZES, &size);
}

/* capabilities v */
static int make_capabilities(const struct exercise_target *on, const struct history_call *call)
{
	struct v4l2_capability raw;

	(void)call;
	return call_device(on->fd, VIDIOC_QUERYCAP, &raw);
}

/* transfer v read|write: a mem2mem device has neither. */
static int make_transfer(const struct exercise_target *on, const struct history_call *call)
{
	char byte = 0;
	ssize_t done = history_has(call, "write") ? write(on->fd, &byte, 1) :
						    read(on->fd, &byte, 1);

	return done < 0 ? -errno : 0;
}

const struct exercise_call calls_settings[] = {
	{ "control", .on = make_control },
	{ "controls", .on = make_controls },
	{ "querycontrol", .on = make_querycontrol },
	{ "own", .on = make_own },
	{ "crop", .on = make_crop },
	{ "selection", .on = make_selection },
	{ "priority", .on = make_priority },
	{ "rate", .on = make_rate },
	{ "sizes", .on = make_sizes },
	{ "capabilities", .on = make_capabilities },
	{ "transfer", .on = make_transfer },
	{ 0 }
};
