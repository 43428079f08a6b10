// SPDX-License-Identifier: GPL-2.0-only
/*
 * The RGA3 copies as any device does; it has the driver of the RGA2, and is told
 * from it by the name of its device.
 */
#include "copy.h"
#include "device.h"

#define BLOCK	"rga3"

static int open_node(struct copy *copy, const char *name)
{
	return m2m_open_device(&copy->m2m, name, 0);
}

static int set_up(struct copy *copy, __u64 msec)
{
	copy->device = &device_copier;
	return copy->device->set_up(copy, msec);
}

const struct device devices_rga3[] = {
	{
		.name = BLOCK,
		.open = open_node,
		.set_up = set_up,
	},
	{ 0 }
};
