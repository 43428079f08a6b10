// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "handover.h"

union control {
	char room[CMSG_SPACE(HANDOVER_FDS_MAX * sizeof(int))];
	struct cmsghdr align;
};

int handover_pair(int sockets[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) ? -errno : 0;
}

int handover_send(int socket, const void *message, size_t size, const int *fd, unsigned int fds)
{
	struct iovec part = { .iov_base = (void *)message, .iov_len = size };
	struct msghdr raw = { .msg_iov = &part, .msg_iovlen = 1 };
	union control control = { 0 };
	struct cmsghdr *rights;

	if (fds > HANDOVER_FDS_MAX)
		return -E2BIG;
	if (fds) {
		raw.msg_control = &control;
		raw.msg_controllen = CMSG_SPACE(fds * sizeof(int));
		rights = CMSG_FIRSTHDR(&raw);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(fds * sizeof(int));
		memcpy(CMSG_DATA(rights), fd, fds * sizeof(int));
	}
	return sendmsg(socket, &raw, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int handover_receive(int socket, void *message, size_t size, int *fd, unsigned int fds)
{
	struct iovec part = { .iov_base = message, .iov_len = size };
	union control control = { 0 };
	struct msghdr raw = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	const struct cmsghdr *rights;
	ssize_t got;

	got = recvmsg(socket, &raw, MSG_CMSG_CLOEXEC);
	if (got < 0)
		return -errno;
	if (!got)
		return -EPIPE;
	if ((size_t)got != size || raw.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return -EPROTO;
	if (!fds)
		return 0;
	rights = CMSG_FIRSTHDR(&raw);
	if (!rights || rights->cmsg_type != SCM_RIGHTS ||
	    rights->cmsg_len != CMSG_LEN(fds * sizeof(int)))
		return -EPROTO;
	memcpy(fd, CMSG_DATA(rights), fds * sizeof(int));
	return 0;
}
