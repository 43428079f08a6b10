/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fence that a media request is queued with, as docs/reference/request.md has
 * it: MEDIA_REQUEST_IOC_QUEUE_FENCE, which is in no header of a kernel without it.
 */
#ifndef M2M_REQUEST_FENCE_H
#define M2M_REQUEST_FENCE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#include "copy.h"

struct queue_fence {
	__u32 flags;
	__s32 fence_fd;
	__u32 reserved[6];
};

#define REQUEST_QUEUE_FENCE	_IOWR('|', 0x82, struct queue_fence)

/* Queue the request and get its fence: a sync_file, or a negative errno. */
int request_queue_fence(int request);

/* The next picture and its controls are in the request of OUTPUT buffer @index. */
int request_put(struct copy *copy, unsigned int index);

/* The same, and the request is queued: with a fence, which is returned, or plainly. */
int request_feed_fenced(struct copy *copy, unsigned int index);
int request_feed(struct copy *copy, unsigned int index);

#endif
