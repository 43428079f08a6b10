// SPDX-License-Identifier: GPL-2.0-only
/* The G-Scaler copies as any device does, and does not number the pictures. */
#include "copy.h"
#include "device.h"

#define DRIVER	"exynos-gsc"

static int open_node(struct copy *copy, const char *name)
{
	copy->unnumbered = true;
	return m2m_open(&copy->m2m, name, 0);
}

static int set_up(struct copy *copy, __u64 msec)
{
	copy->device = &device_copier;
	return copy->device->set_up(copy, msec);
}

const struct device devices_gsc[] = {
	{
		.name = DRIVER,
		.open = open_node,
		.set_up = set_up,
	},
	{ 0 }
};
