// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "inject.h"

#define FAILSLAB	"/sys/kernel/debug/failslab/"
/* Only kernels of the profile pages have it. */
#define FAIL_PAGES	"/sys/kernel/debug/fail_page_alloc/"

static int write_setting(const char *path, const char *value)
{
	FILE *file = fopen(path, "w");
	int ret;

	if (!file)
		return -ENODEV;
	ret = fputs(value, file) < 0 ? -EIO : 0;
	return fclose(file) ? -errno : ret;
}

/* Pages are counted with the rest: those of any size, wherever they may lie. */
static int include_pages(void)
{
	int ret;

	if (access(FAIL_PAGES, F_OK))
		return 0;
	ret = write_setting(FAIL_PAGES "verbose", "0");
	if (!ret)
		ret = write_setting(FAIL_PAGES "ignore-gfp-wait", "N");
	if (!ret)
		ret = write_setting(FAIL_PAGES "ignore-gfp-highmem", "N");
	return ret ? ret : write_setting(FAIL_PAGES "min-order", "0");
}

int inject_open(struct inject *inject)
{
	/* Without a word: a call trace on the console would be taken for a defect. */
	int ret = write_setting(FAILSLAB "verbose", "0");

	/* Allocations that may wait, too. */
	if (!ret)
		ret = write_setting(FAILSLAB "ignore-gfp-wait", "N");
	if (!ret)
		ret = include_pages();
	if (ret)
		return ret;
	inject->fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	return inject->fd < 0 ? -ENODEV : 0;
}

void inject_close(struct inject *inject)
{
	close(inject->fd);
}

int inject_arm(struct inject *inject, unsigned int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);

	return pwrite(inject->fd, text, length, 0) == length ? 0 : -EIO;
}

/* What is left to count; 0 if it has been counted down. */
bool inject_disarm(struct inject *inject)
{
	char text[16] = "";
	bool failed = pread(inject->fd, text, sizeof(text) - 1, 0) > 0 && !atoi(text);

	inject_arm(inject, 0);
	return failed;
}
