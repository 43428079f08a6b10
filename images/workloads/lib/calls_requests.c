// SPDX-License-Identifier: GPL-2.0-only
/* Media requests. */
#include <errno.h>

#include "exercise.h"
#include "request.h"

/* x = media */
static int make_media(struct exercise *exercise, const struct history_call *call)
{
	(void)call;
	return request_open_media(exercise->m2m.device);
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
	{ "request", .make = make_request },
	{ "put", .make = make_put },
	{ "queue", .make = make_queue },
	{ "reinit", .make = make_reinit },
	{ 0 }
};
