/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions of the C library that are recorded; the Makefile says --wrap for each. */
#ifndef M2M_WRAPPED_H
#define M2M_WRAPPED_H

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/types.h>

int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_close(int fd);
int __wrap_close(int fd);
int __real_dup(int fd);
int __wrap_dup(int fd);
int __real_poll(struct pollfd *fds, nfds_t count, int msec);
int __wrap_poll(struct pollfd *fds, nfds_t count, int msec);
int __real_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *left,
		 const sigset_t *mask);
int __wrap_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *left,
		 const sigset_t *mask);
int __real_select(int count, fd_set *in, fd_set *out, fd_set *pri, struct timeval *left);
int __wrap_select(int count, fd_set *in, fd_set *out, fd_set *pri, struct timeval *left);
int __real_epoll_ctl(int epoll, int op, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int op, int fd, struct epoll_event *event);
int __real_epoll_wait(int epoll, struct epoll_event *events, int count, int msec);
int __wrap_epoll_wait(int epoll, struct epoll_event *events, int count, int msec);
void *__real_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t size);
int __wrap_munmap(void *at, size_t size);
void *__real_mremap(void *at, size_t size, size_t new_size, int flags, ...);
void *__wrap_mremap(void *at, size_t size, size_t new_size, int flags, ...);

#endif
