// SPDX-License-Identifier: GPL-2.0-only
/* Files of /proc and debugfs whose readers take locks of what the calls are about. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "exercise.h"

static const struct {
	const char *word;
	const char *path;
} files[] = {
	{ "maps", "/proc/self/maps" },
	{ "smaps", "/proc/self/smaps" },
	{ "statm", "/proc/self/statm" },
	{ "bufinfo", "/sys/kernel/debug/dma_buf/bufinfo" },
	{ "timelines", "/sys/kernel/debug/sync/info" },
	{ "vmallocinfo", "/proc/vmallocinfo" },
};

static int read_all(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char some[4096];
	ssize_t got;

	if (fd < 0)
		return -errno;
	while ((got = read(fd, some, sizeof(some))) > 0)
		continue;
	got = got < 0 ? -errno : 0;
	close(fd);
	return got;
}

/* look WORD, look fdinfo NAME */
static int make_look(struct exercise *exercise, const struct history_call *call)
{
	const char *word = history_word(call, 0);
	char path[48];
	size_t i;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d",
		 exercise_fd(exercise, history_word(call, 1)));
	if (!strcmp(word, "fdinfo"))
		return read_all(path);
	for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
		if (!strcmp(word, files[i].word))
			return read_all(files[i].path);
	}
	return -EINVAL;
}

const struct exercise_call calls_readers[] = {
	{ "look", .make = make_look },
	{ 0 }
};
