/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_CALL_H
#define M2M_CALL_H

#include <sys/ioctl.h>

/*
 * ioctl() on what has one rule: V4L2, media, DRM, dma-buf, heaps and sync_file
 * return 0 and nothing else on success. 0, or a negative errno; whoever returns
 * anything else is named, with the request, and taken at its word: no call that
 * failed returns a positive number. Whoever judges the records of the calls
 * (record.h) knows better.
 */
#define call_device(fd, request, arg) call_named(fd, request, arg, #request)

int call_named(int fd, unsigned long request, void *arg, const char *name);

#endif
