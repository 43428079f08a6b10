// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rotator copies as any device does, once three CAPTURE buffers are there: it
 * streams with two of them queued, and its queue has one more at least. It does
 * not number the pictures.
 */
#include "copy.h"
#include "device.h"

#define DRIVER	"sun8i-rotate"
#define DEPTH	3

static int open_node(struct copy *copy, const char *name)
{
	if (copy->depth < DEPTH)
		copy->depth = DEPTH;
	copy->unnumbered = true;
	return m2m_open(&copy->m2m, name, 0);
}

static int set_up(struct copy *copy, __u64 msec)
{
	copy->device = &device_copier;
	return copy->device->set_up(copy, msec);
}

const struct device devices_rotate[] = {
	{
		.name = DRIVER,
		.open = open_node,
		.set_up = set_up,
	},
	{ 0 }
};
