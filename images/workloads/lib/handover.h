/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages between two processes, with descriptors, as Wayland passes buffers on. */
#ifndef M2M_HANDOVER_H
#define M2M_HANDOVER_H

#include <stddef.h>

#define HANDOVER_FDS_MAX	16

/* A pair of sockets that keep the borders of messages; 0 or a negative errno. */
int handover_pair(int sockets[2]);

/* 0 or a negative errno. */
int handover_send(int socket, const void *message, size_t size, const int *fd, unsigned int fds);

/* A message of exactly @size bytes with @fds descriptors; -EPIPE if the other side has gone. */
int handover_receive(int socket, void *message, size_t size, int *fd, unsigned int fds);

#endif
