/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_BUFFER_H
#define M2M_RIG_BUFFER_H

#include <stddef.h>

/* Bytes that grow; zeroed is empty. */
struct buffer {
	char *data;
	size_t size;
	size_t room;
};

/* All return 0 or a negative errno. */
int buffer_reserve(struct buffer *buffer, size_t more);
int buffer_append(struct buffer *buffer, const void *data, size_t size);
int buffer_append_fd(struct buffer *buffer, int fd);
int buffer_append_file(struct buffer *buffer, const char *path);

void buffer_free(struct buffer *buffer);

#endif
