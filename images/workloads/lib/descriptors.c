// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/resource.h>

#include "descriptors.h"
#include "observe.h"

int descriptors_lowest(void)
{
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return fd;
}

int descriptors_limit(int limit)
{
	struct rlimit rlimit;
	int old;

	getrlimit(RLIMIT_NOFILE, &rlimit);
	old = rlimit.rlim_cur;
	rlimit.rlim_cur = limit;
	setrlimit(RLIMIT_NOFILE, &rlimit);
	return old;
}

void descriptors_print(const struct copy *copy, const char *after_what, int before)
{
	struct observation seen;

	observe_begin(&seen, "descriptors");
	observe_word(&seen, "driver", copy->m2m.driver);
	observe_word(&seen, "after-what", after_what);
	observe_number(&seen, "before", before);
	observe_number(&seen, "after", descriptors_lowest());
	observe_end(&seen);
}
