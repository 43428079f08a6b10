// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "call.h"

int call_named(int fd, unsigned long request, void *arg, const char *name)
{
	int ret = ioctl(fd, request, arg);

	if (ret > 0)
		printf("# %s returned %d, and only 0 is success\n", name, ret);
	return ret < 0 ? -errno : 0;
}
