// SPDX-License-Identifier: GPL-2.0-only
#include "call.h"
#include "request.h"
#include "request_fence.h"

int request_queue_fence(int request)
{
	struct queue_fence fence = { .fence_fd = -1 };
	int ret = call_device(request, REQUEST_QUEUE_FENCE, &fence);

	return ret ? ret : fence.fence_fd;
}

int request_put(struct copy *copy, unsigned int index)
{
	if (!copy->source)
		copy->payload[index] = copy->device->fill(copy, index);
	return copy->device->prepare(copy, index);
}

/* The picture is on its way, whoever made that so. */
static int fed(struct copy *copy, int ret)
{
	if (ret >= 0)
		copy->fed++;
	return ret;
}

int request_feed_fenced(struct copy *copy, unsigned int index)
{
	int ret = request_put(copy, index);

	return ret ? ret : fed(copy, request_queue_fence(copy->request[index]));
}

int request_feed(struct copy *copy, unsigned int index)
{
	int ret = request_put(copy, index);

	return ret ? ret : fed(copy, request_queue(copy->request[index]));
}
