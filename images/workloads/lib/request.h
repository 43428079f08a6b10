/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Media requests: controls and OUTPUT buffers that take effect together.
 * Functions that return int give 0 or a negative errno unless they say otherwise.
 */
#ifndef M2M_REQUEST_H
#define M2M_REQUEST_H

#include <stdbool.h>
#include <linux/types.h>
#include <linux/videodev2.h>

/* The media device of @device, as sysfs calls it: its descriptor, or -ENODEV. */
int request_open_media(const char *device);

/* A new request: its descriptor, or a negative errno. */
int request_allocate(int media);

/* The controls become part of the request. */
int request_set_controls(int request, int video, struct v4l2_ext_control *controls,
			 unsigned int count);

/* Hand the request to the driver; a driver without hardware may do the job before this returns. */
int request_queue(int request);

/* 1 if the request is complete within @nsec, 0 if not. */
int request_wait(int request, __s64 nsec);

/* The same, and it is not merely of no use to wait: it was queued, and is complete. */
bool request_completes(int request, __s64 nsec);

/* Make a completed request as good as new. */
int request_reinit(int request);

#endif
