// SPDX-License-Identifier: GPL-2.0-only
/* Media requests. */
#include <errno.h>
#include <linux/media.h>

#include "call.h"
#include "exercise.h"
#include "request.h"

/* x = media */
static int make_media(struct exercise *exercise, const struct history_call *call)
{
	(void)call;
	return request_open_media(exercise->m2m.device);
}

/* topology x: what the device consists of. */
static int make_topology(struct exercise *exercise, const struct history_call *call)
{
	int fd = exercise_fd(exercise, history_word(call, 0));
	struct media_entity_desc entity = { .id = MEDIA_ENT_ID_FLAG_NEXT };
	struct media_v2_topology topology = { 0 };
	struct media_device_info info = { 0 };

	call_device(fd, MEDIA_IOC_DEVICE_INFO, &info);
	call_device(fd, MEDIA_IOC_ENUM_ENTITIES, &entity);
	return call_device(fd, MEDIA_IOC_G_TOPOLOGY, &topology);
}

/* r = request x */
static int make_request(struct exercise *exercise, const struct history_call *call)
{
	return request_allocate(exercise_fd(exercise, history_word(call, 0)));
}

/* put v r index=: the controls and the OUTPUT buffer of a picture, as the workloads have them. */
static int make_put(struct exercise *exercise, const struct history_call *call)
{
	struct copy *copy = exercise_copy(exercise, call);
	unsigned int index;

	if (!copy || !copy->device->prepare || !copy->output.planes)
		return -EBADF;
	index = history_index(call, "index", copy->m2m.output.buffers);
	if (index >= copy->depth)
		return -EINVAL;
	copy->request[index] = exercise_fd(exercise, history_word(call, 1));
	copy->requested[index] = false;
	return copy->device->prepare(copy, index);
}

/* queue r */
static int make_queue(struct exercise *exercise, const struct history_call *call)
{
	return request_queue(exercise_fd(exercise, history_word(call, 0)));
}

/* reinit r */
static int make_reinit(struct exercise *exercise, const struct history_call *call)
{
	return request_reinit(exercise_fd(exercise, history_word(call, 0)));
}

const struct exercise_call calls_requests[] = {
	{ "media", .make = make_media },
	{ "topology", .make = make_topology },
	{ "request", .make = make_request },
	{ "put", .make = make_put },
	{ "queue", .make = make_queue },
	{ "reinit", .make = make_reinit },
	{ 0 }
};
