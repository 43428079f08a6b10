/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Media requests: controls and OUTPUT buffers that take effect together.
 * Functions that return int give 0 or a negative errno unless they say otherwise.
 */
#ifndef M2M_REQUEST_H
#define M2M_REQUEST_H

#include <stddef.h>
#include <linux/types.h>

/* The media device of @driver: its descriptor, or -ENODEV. */
int request_open_media(const char *driver);

/* A new request: its descriptor, or a negative errno. */
int request_allocate(int media);

/* The compound control @id of the request gets the @size bytes at @value. */
int request_set_control(int request, int video, __u32 id, const void *value, size_t size);

/* Hand the request to the driver; a driver without hardware may do the job before this returns. */
int request_queue(int request);

/* 1 if the request is complete within @nsec, 0 if not. */
int request_wait(int request, __s64 nsec);

/* Make a completed request as good as new. */
int request_reinit(int request);

#endif
