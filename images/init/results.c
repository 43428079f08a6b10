// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "files.h"
#include "power.h"
#include "results.h"

static int results_fd = -1;

void results_open(int fd)
{
	results_fd = fd;
}

void results_line(const char *fmt, ...)
{
	char line[4096];
	va_list args;
	int size;

	va_start(args, fmt);
	size = vsnprintf(line, sizeof(line) - 1, fmt, args);
	va_end(args);
	if (size < 0)
		return;
	if (size > (int)sizeof(line) - 2)
		size = sizeof(line) - 2;
	line[size++] = '\n';
	results_write(line, size);
}

void results_write(const char *data, size_t size)
{
	static const char lost[] = "init: a result could not be written";
	int fd, ret = 0;

	if (results_fd >= 0)
		ret = write_all(results_fd, data, size);
	if (results_fd >= 0 && !ret)
		return;
	/* Whoever forgot the port looks at the serial log next. */
	fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		write_all(fd, data, size);
		if (ret)
			write_all(fd, lost, sizeof(lost) - 1);
		close(fd);
	}
	/* Results with a hole must not reach their end mark. */
	if (ret)
		power_off();
}
