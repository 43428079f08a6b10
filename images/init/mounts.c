// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mounts.h"
#include "power.h"

static const struct {
	const char *type;
	const char *where;
	/* A kernel without it only misses something in the dump. */
	bool optional;
} mounts[] = {
	{ "devtmpfs", "/dev", false },
	{ "proc", "/proc", false },
	{ "sysfs", "/sys", false },
	{ "debugfs", "/sys/kernel/debug", true },
	{ "tracefs", "/sys/kernel/tracing", true },
	{ "tmpfs", "/tmp", false },
};

void mount_all(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mounts); i++) {
		/* Those under /sys are there already, and cannot be made. */
		mkdir(mounts[i].where, 0755);
		if (!mount(mounts[i].type, mounts[i].where, mounts[i].type, 0, NULL))
			continue;
		if (errno != EBUSY && !mounts[i].optional)
			die("mount %s: %s", mounts[i].where, strerror(errno));
	}
}

void detach_console(void)
{
	int fd = open("/dev/null", O_RDWR);
	int i;

	if (fd < 0)
		die("/dev/null: %s", strerror(errno));
	for (i = 0; i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
}
