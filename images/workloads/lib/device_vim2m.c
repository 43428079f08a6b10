// SPDX-License-Identifier: GPL-2.0-only
/*
 * vim2m with media requests: it takes its buffers in them as well as without. Each
 * request has a control, which changes nothing.
 */
#include "copy.h"
#include "device.h"

static int open_node(struct copy *copy, const char *name)
{
	(void)name;
	return m2m_open(&copy->m2m, "vim2m", 0);
}

static int set_up(struct copy *copy, __u64 msec)
{
	const struct device *device = copy->device;
	int ret = device_copier.set_up(copy, msec);

	/* Not that of pictures which change: these are queued without requests. */
	copy->device = device;
	return ret ? ret : device_open_requests(copy);
}

static __u32 fill(struct copy *copy, unsigned int index)
{
	return device_copier.fill(copy, index);
}

static int prepare(struct copy *copy, unsigned int index)
{
	struct v4l2_ext_control control = { .id = V4L2_CID_HFLIP };

	return device_request(copy, index, &control, 1);
}

static void draw(const struct copy *copy, unsigned int frame, void *const *plane)
{
	device_copier.draw(copy, frame, plane);
}

const struct device devices_vim2m[] = {
	{
		.name = "vim2m-request",
		.open = open_node,
		.set_up = set_up,
		.fill = fill,
		.prepare = prepare,
		.start = device_queue_request,
		.draw = draw,
	},
	{ 0 }
};
