// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/media.h>

#include "call.h"
#include "clock.h"
#include "m2m.h"
#include "request.h"

#define MEDIA_DEVICES	16

int request_open_media(const char *device)
{
	char path[32], name[64];
	int number, fd;

	for (number = 0; number < MEDIA_DEVICES; number++) {
		snprintf(path, sizeof(path), "/dev/media%d", number);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		/* DEVICE/mediaN */
		if (!m2m_device_name(fd, 1, name, sizeof(name)) && !strcmp(name, device))
			return fd;
		close(fd);
	}
	return -ENODEV;
}

int request_allocate(int media)
{
	int request;

	return call_device(media, MEDIA_IOC_REQUEST_ALLOC, &request) ?: request;
}

int request_set_controls(int request, int video, struct v4l2_ext_control *controls,
			 unsigned int count)
{
	struct v4l2_ext_controls all = {
		.which = V4L2_CTRL_WHICH_REQUEST_VAL,
		.request_fd = request,
		.count = count,
		.controls = controls,
	};

	return call_device(video, VIDIOC_S_EXT_CTRLS, &all);
}

int request_queue(int request)
{
	return call_device(request, MEDIA_REQUEST_IOC_QUEUE, NULL);
}

/* What poll() says of it after @nsec at most; 0: nothing. */
static short told(int request, __s64 nsec)
{
	struct pollfd fd = { .fd = request, .events = POLLPRI };
	struct timespec left = {
		.tv_sec = nsec / NSEC_PER_SEC,
		.tv_nsec = nsec % NSEC_PER_SEC,
	};

	return ppoll(&fd, 1, &left, NULL) > 0 ? fd.revents : 0;
}

int request_wait(int request, __s64 nsec)
{
	return !!told(request, nsec);
}

bool request_completes(int request, __s64 nsec)
{
	return told(request, nsec) & POLLPRI;
}

int request_reinit(int request)
{
	return call_device(request, MEDIA_REQUEST_IOC_REINIT, NULL);
}
