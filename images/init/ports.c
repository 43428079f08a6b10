// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"
#include "ports.h"

/* The host's names come in control messages, handled by a kernel worker. */
#define PORT_WAIT	(2 * NSEC_PER_SEC)

struct wanted {
	const char *name;
	char node[64];
};

static int has_name(const char *path, const char *name)
{
	struct buffer text = { 0 };
	size_t size = strlen(name);
	int same = 0;

	if (!buffer_append_file(&text, path))
		same = text.size == size + 1 && !memcmp(text.data, name, size);
	buffer_free(&text);
	return same;
}

static int find_port(void *arg)
{
	struct wanted *wanted = arg;
	char port[32];
	glob_t found;
	size_t i;

	wanted->node[0] = 0;
	if (glob("/sys/class/virtio-ports/*/name", 0, NULL, &found))
		return 0;
	for (i = 0; i < found.gl_pathc; i++) {
		if (!has_name(found.gl_pathv[i], wanted->name))
			continue;
		if (sscanf(found.gl_pathv[i], "/sys/class/virtio-ports/%31[^/]", port) == 1)
			snprintf(wanted->node, sizeof(wanted->node), "/dev/%s", port);
	}
	globfree(&found);
	return wanted->node[0];
}

int port_open(const char *name)
{
	struct wanted wanted = { .name = name };
	int fd;

	if (!clock_wait_for(find_port, &wanted, PORT_WAIT))
		return -ENODEV;
	fd = open(wanted.node, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
