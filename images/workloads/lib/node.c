// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "call.h"
#include "node.h"

#define NODES	64

const char *node_word(const char *word)
{
	struct v4l2_capability capability;
	char driver[sizeof(capability.driver) + 1], path[32], *text;
	const char *at = strchr(word, '@');
	unsigned int skipped = 0;
	int node, number;

	if (!at || sscanf(at, "@%16[^:]:%u", driver, &skipped) < 1)
		return word;
	for (number = 0; number < NODES; number++) {
		snprintf(path, sizeof(path), "/dev/video%d", number);
		node = open(path, O_RDWR | O_CLOEXEC);
		if (node < 0)
			continue;
		memset(&capability, 0, sizeof(capability));
		call_device(node, VIDIOC_QUERYCAP, &capability);
		close(node);
		if (strcmp((const char *)capability.driver, driver) || skipped--)
			continue;
		return asprintf(&text, "%.*s%s", (int)(at - word), word, path) < 0 ? NULL : text;
	}
	return NULL;
}
