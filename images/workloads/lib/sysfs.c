// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sysfs.h"

int sysfs_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int sysfs_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t more;

	if (fd < 0)
		return -errno;
	do {
		more = read(fd, text + used, size - used);
		used += more > 0 ? more : 0;
	} while (more > 0 && used < size);
	close(fd);
	if (more < 0)
		return -errno;
	if (used == size)
		return -E2BIG;
	text[used] = 0;
	return 0;
}

long sysfs_number(const char *path)
{
	char text[32];
	int ret = sysfs_read(path, text, sizeof(text));

	return ret ? ret : strtol(text, NULL, 0);
}
