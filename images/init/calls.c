// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "calls.h"

/* Of records; a program that fills it says how many calls found no room. */
#define ROOM	(512 * 1024)

/* The beginning of struct record_log, which is HEADER bytes in all. */
struct header {
	char magic[8];
	uint32_t room;
	uint32_t used;
};

#define HEADER	64

int calls_begin(void)
{
	int fd = open(CALLS_FILE, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, HEADER + ROOM))
		ret = -errno;
	close(fd);
	return ret;
}

static int append(struct buffer *to, int fd)
{
	struct header header;
	size_t size;
	ssize_t got;
	int ret;

	if (pread(fd, &header, sizeof(header), 0) != sizeof(header))
		return -EIO;
	if (!header.magic[0])
		return 0;
	size = HEADER + (header.used < ROOM ? header.used : ROOM);
	ret = buffer_reserve(to, size);
	if (ret)
		return ret;
	got = pread(fd, to->data + to->size, size, 0);
	if (got != (ssize_t)size)
		return got < 0 ? -errno : -EIO;
	to->size += size;
	return 0;
}

int calls_end(struct buffer *to)
{
	int fd = open(CALLS_FILE, O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = append(to, fd);
	close(fd);
	unlink(CALLS_FILE);
	return ret;
}
