// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <linux/sync_file.h>
#include <linux/videodev2.h>

#include "clock.h"
#include "record.h"
#include "wrapped.h"

#define FIRST_FD	3

/* Descriptors of one select() that are recorded. */
#define SELECTED_MAX	8

/* What is copied of an argument: a structure, and what it points to. */
struct copied {
	char bytes[sizeof(struct v4l2_ext_controls) + 2048];
	size_t size;
};

/* After the call errno is what the call made of it. */
static int ended(struct record *record, int ret, const void *after, size_t size)
{
	int error = errno;

	record_end(record, ret < 0 ? -error : ret, after, size);
	errno = error;
	return ret;
}

/* Those of V4L2, media, dma-buf, sync_file, sw_sync and heaps; of others the number is enough. */
static bool is_ours(unsigned long request)
{
	return strchr("V|b>HW", _IOC_TYPE(request)) && _IOC_SIZE(request) <= 1024;
}

static bool has_planes(unsigned long request, const struct v4l2_buffer *buffer)
{
	if (request != VIDIOC_QBUF && request != VIDIOC_DQBUF && request != VIDIOC_QUERYBUF &&
	    request != VIDIOC_PREPARE_BUF)
		return false;
	return V4L2_TYPE_IS_MULTIPLANAR(buffer->type) && buffer->m.planes;
}

/* What an argument points to; as the call was given it, for the call changes the numbers in it. */
struct pointed {
	const void *at;
	size_t size;
};

/* The planes of a buffer; of the fences of a sync_file the first one. */
static struct pointed pointed_to(unsigned long request, const void *arg)
{
	const struct v4l2_buffer *buffer = arg;
	const struct sync_file_info *info = arg;
	unsigned int planes;

	if (has_planes(request, buffer)) {
		planes = buffer->length < VIDEO_MAX_PLANES ? buffer->length : VIDEO_MAX_PLANES;
		return (struct pointed){ buffer->m.planes, planes * sizeof(struct v4l2_plane) };
	}
	if (request == SYNC_IOC_FILE_INFO && info->num_fences && info->sync_fence_info)
		return (struct pointed){ (void *)(uintptr_t)info->sync_fence_info,
					 sizeof(struct sync_fence_info) };
	return (struct pointed){ 0 };
}

static void copy(struct copied *to, unsigned long request, const void *arg,
		 const struct pointed *more)
{
	to->size = _IOC_SIZE(request);
	memcpy(to->bytes, arg, to->size);
	if (!more->size)
		return;
	memcpy(to->bytes + to->size, more->at, more->size);
	to->size += more->size;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	bool gives = false, takes = false;
	struct pointed more = { 0 };
	struct record *record;
	struct copied copied;
	va_list args;
	void *arg;
	int ret;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (arg && is_ours(request)) {
		gives = _IOC_DIR(request) & _IOC_WRITE;
		takes = _IOC_DIR(request) & _IOC_READ;
		if (gives)
			more = pointed_to(request, arg);
	}
	copied.size = 0;
	if (gives)
		copy(&copied, request, arg, &more);
	record = record_begin(RECORD_IOCTL, fd, request, copied.bytes, copied.size,
			      takes ? _IOC_SIZE(request) + more.size : 0);
	ret = __real_ioctl(fd, request, arg);
	if (!record)
		return ret;
	copied.size = 0;
	if (takes)
		copy(&copied, request, arg, &more);
	return ended(record, ret, copied.bytes, copied.size);
}

/* What is no device has promised nothing that is judged. */
int __wrap_open(const char *path, int flags, ...)
{
	struct record *record = NULL;
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = va_arg(args, mode_t);
	va_end(args);
	if (!strncmp(path, "/dev/", 5))
		record = record_begin(RECORD_OPEN, -1, flags, path, strlen(path), 0);
	return ended(record, __real_open(path, flags, mode), NULL, 0);
}

int __wrap_close(int fd)
{
	struct record *record = NULL;

	if (fd >= FIRST_FD)
		record = record_begin(RECORD_CLOSE, fd, 0, NULL, 0, 0);
	return ended(record, __real_close(fd), NULL, 0);
}

int __wrap_dup(int fd)
{
	struct record *record = record_begin(RECORD_DUP, fd, 0, NULL, 0, 0);

	return ended(record, __real_dup(fd), NULL, 0);
}

static struct record *poll_begin(const struct pollfd *fds, nfds_t count, __s64 nsec)
{
	size_t size = count * sizeof(*fds);

	/* One that can be ignored is a way to sleep. */
	return count ? record_begin(RECORD_POLL, fds[0].fd, nsec, fds, size, size) : NULL;
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int msec)
{
	struct record *record = poll_begin(fds, count, msec < 0 ? -1 : msec * NSEC_PER_MSEC);

	return ended(record, __real_poll(fds, count, msec), fds, count * sizeof(*fds));
}

int __wrap_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *left,
		 const sigset_t *mask)
{
	__s64 nsec = left ? left->tv_sec * NSEC_PER_SEC + left->tv_nsec : -1;
	struct record *record = poll_begin(fds, count, nsec);

	return ended(record, __real_ppoll(fds, count, left, mask), fds, count * sizeof(*fds));
}

/* As pollfds, of which those that something is asked about are there. */
static nfds_t selected(int count, const fd_set *in, const fd_set *out, const fd_set *pri,
		       struct pollfd *fds)
{
	nfds_t found = 0;
	int fd;

	for (fd = 0; fd < count && found < SELECTED_MAX; fd++) {
		fds[found].fd = fd;
		fds[found].events = (in && FD_ISSET(fd, in) ? POLLIN : 0) |
				    (out && FD_ISSET(fd, out) ? POLLOUT : 0) |
				    (pri && FD_ISSET(fd, pri) ? POLLPRI : 0);
		found += !!fds[found].events;
	}
	return found;
}

int __wrap_select(int count, fd_set *in, fd_set *out, fd_set *pri, struct timeval *left)
{
	__s64 nsec = left ? left->tv_sec * NSEC_PER_SEC + left->tv_usec * NSEC_PER_USEC : -1;
	struct pollfd fds[SELECTED_MAX + 1] = { 0 };
	nfds_t i, found = selected(count, in, out, pri, fds);
	size_t size = found * sizeof(*fds);
	struct record *record = NULL;
	int ret;

	if (found)
		record = record_begin(RECORD_SELECT, fds[0].fd, nsec, fds, size, size);
	ret = __real_select(count, in, out, pri, left);
	for (i = 0; i < found && ret >= 0; i++) {
		fds[i].revents = (in && FD_ISSET(fds[i].fd, in) ? POLLIN : 0) |
				 (out && FD_ISSET(fds[i].fd, out) ? POLLOUT : 0) |
				 (pri && FD_ISSET(fds[i].fd, pri) ? POLLPRI : 0);
	}
	return ended(record, ret, fds, size);
}

int __wrap_epoll_ctl(int epoll, int op, int fd, struct epoll_event *event)
{
	struct record *record = record_begin(RECORD_EPOLL_CTL, epoll, ((__u64)op << 32) | fd,
					     event, event ? sizeof(*event) : 0, 0);

	return ended(record, __real_epoll_ctl(epoll, op, fd, event), NULL, 0);
}

int __wrap_epoll_wait(int epoll, struct epoll_event *events, int count, int msec)
{
	__s64 nsec = msec < 0 ? -1 : msec * NSEC_PER_MSEC;
	struct record *record = record_begin(RECORD_EPOLL_WAIT, epoll, nsec, NULL, 0,
					     count * sizeof(*events));
	int ret = __real_epoll_wait(epoll, events, count, msec);

	return ended(record, ret, events, ret > 0 ? ret * sizeof(*events) : 0);
}

void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
	const __u64 given[] = { size, prot, flags, offset };
	struct record *record = NULL;
	void *map;

	if (fd >= FIRST_FD)
		record = record_begin(RECORD_MMAP, fd, (__u64)at, given, sizeof(given),
				      sizeof(map));
	map = __real_mmap(at, size, prot, flags, fd, offset);
	ended(record, map == MAP_FAILED ? -1 : 0, &map, sizeof(map));
	return map;
}

int __wrap_munmap(void *at, size_t size)
{
	const __u64 given[] = { size };
	struct record *record = record_begin(RECORD_MUNMAP, -1, (__u64)at, given, sizeof(given), 0);

	return ended(record, __real_munmap(at, size), NULL, 0);
}

/* Nobody here says where to. */
void *__wrap_mremap(void *at, size_t size, size_t new_size, int flags, ...)
{
	const __u64 given[] = { size, new_size, flags };
	struct record *record = record_begin(RECORD_MREMAP, -1, (__u64)at, given, sizeof(given),
					     sizeof(at));
	void *map = __real_mremap(at, size, new_size, flags);

	ended(record, map == MAP_FAILED ? -1 : 0, &map, sizeof(map));
	return map;
}
