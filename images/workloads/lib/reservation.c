// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "reservation.h"

#define BUFINFO	"/sys/kernel/debug/dma_buf/bufinfo"

/* dma_buf_debug_show(): size, flags, mode, references, exporter, inode; a tab before all else. */
static bool begins_dmabuf(const char *line, unsigned long *inode)
{
	return *line != '\t' && sscanf(line, "%*u %*x %*x %*d %*s %lu", inode) == 1;
}

/* dma_resv_describe() and dma_fence_describe(), as it was and, later, with its numbers first. */
static bool shows(const char *line, const char *usage, const struct fence *fence)
{
	char before[128], since[128];

	snprintf(before, sizeof(before), "\t%s fence:%s %s seq %lld ", usage, fence->driver,
		 fence->timeline, (long long)fence->seqno);
	snprintf(since, sizeof(since), "\t%s fence:%llu:%lld %s %s ", usage,
		 (unsigned long long)fence->context, (long long)fence->seqno, fence->timeline,
		 fence->driver);
	return !strncmp(line, before, strlen(before)) || !strncmp(line, since, strlen(since));
}

static const char *stands_as(const char *line, const struct fence *fence)
{
	static const char * const usages[] = { "kernel", "write", "read" };
	unsigned int i;

	for (i = 0; i < sizeof(usages) / sizeof(*usages); i++) {
		if (shows(line, usages[i], fence))
			return usages[i];
	}
	return NULL;
}

const char *reservation_usage(int dmabuf, const struct fence *fence)
{
	unsigned long inode = 0;
	const char *usage = NULL;
	struct stat status;
	char line[256];
	FILE *bufinfo;

	bufinfo = fopen(BUFINFO, "re");
	if (!bufinfo)
		return NULL;
	if (fstat(dmabuf, &status))
		status.st_ino = 0;
	while (!usage && fgets(line, sizeof(line), bufinfo)) {
		if (!begins_dmabuf(line, &inode) && inode == status.st_ino)
			usage = stands_as(line, fence);
	}
	fclose(bufinfo);
	return usage ? usage : "unknown";
}
