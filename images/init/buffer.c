// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"

/*
 * One read of a seq_file fills at most its own buffer, of a page, so larger gains nothing; and
 * memory that malloc() maps costs faults for each of the many small files.
 */
#define CHUNK	8192

int buffer_reserve(struct buffer *buffer, size_t more)
{
	size_t room = buffer->room ? buffer->room : CHUNK;
	char *data;

	while (room - buffer->size < more)
		room *= 2;
	if (room == buffer->room)
		return 0;
	data = realloc(buffer->data, room);
	if (!data)
		return -ENOMEM;
	buffer->data = data;
	buffer->room = room;
	return 0;
}

int buffer_append(struct buffer *buffer, const void *data, size_t size)
{
	int ret = buffer_reserve(buffer, size);

	if (ret)
		return ret;
	memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
	return 0;
}

int buffer_append_fd(struct buffer *buffer, int fd)
{
	ssize_t got;
	int ret;

	for (;;) {
		ret = buffer_reserve(buffer, CHUNK);
		if (ret)
			return ret;
		got = read(fd, buffer->data + buffer->size, CHUNK);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			return 0;
		buffer->size += got;
	}
}

int buffer_append_file(struct buffer *buffer, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = buffer_append_fd(buffer, fd);
	close(fd);
	return ret;
}

void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){ 0 };
}
