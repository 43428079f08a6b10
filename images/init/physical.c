// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "physical.h"

int physical_map(uint64_t address, size_t size, int flags, void **map)
{
	int fd = open("/dev/mem", O_RDWR | O_CLOEXEC | flags);
	int ret = 0;

	if (fd < 0)
		return -errno;
	*map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, address);
	if (*map == MAP_FAILED)
		ret = -errno;
	close(fd);
	return ret;
}
