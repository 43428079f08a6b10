// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "modules.h"
#include "power.h"

int module_load(const char *file, const char *params)
{
	char path[256];
	int fd, ret = 0;

	snprintf(path, sizeof(path), "/modules/%s", file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (syscall(SYS_finit_module, fd, params, 0))
		ret = -errno;
	close(fd);
	return ret;
}

static void join(const struct line *line, char *params, size_t room)
{
	size_t i, used = 0;

	params[0] = 0;
	for (i = 2; i < line->count; i++) {
		used += snprintf(params + used, room - used, "%s%s", i > 2 ? " " : "",
				 line->word[i]);
		if (used >= room)
			die("module %s: too many parameters", line->word[1]);
	}
}

static bool is_loaded(const char *file)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/module/%.*s/initstate",
		 (int)strcspn(file, "."), file);
	return !access(path, F_OK);
}

/* What fails here is tried again by each case, and told there. */
void modules_prepare(const struct plan *plan)
{
	const struct line *line;

	for (line = plan->modules.first; line; line = line->next) {
		if (module_load(line->word[1], ""))
			return;
	}
}

void modules_load(const struct plan *plan)
{
	const struct line *line;
	char params[2048];
	int ret;

	for (line = plan->modules.first; line; line = line->next) {
		if (is_loaded(line->word[1]))
			continue;
		join(line, params, sizeof(params));
		watch_for(line->word[1], 60);
		ret = module_load(line->word[1], params);
		watch_over();
		if (ret)
			die("module %s: %s", line->word[1], strerror(-ret));
	}
}
