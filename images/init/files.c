// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "files.h"

int write_all(int fd, const void *data, size_t size)
{
	const char *from = data;

	while (size) {
		ssize_t put = write(fd, from, size);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		from += put;
		size -= put;
	}
	return 0;
}

/* One write: procfs and tracefs take a value whole or not at all. */
int write_file(const char *path, const char *text)
{
	size_t size = strlen(text);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t put;
	int ret = 0;

	if (fd < 0)
		return -errno;
	put = write(fd, text, size);
	if (put < 0)
		ret = -errno;
	else if ((size_t)put != size)
		ret = -EIO;
	close(fd);
	return ret;
}
