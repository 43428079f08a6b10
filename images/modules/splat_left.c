// SPDX-License-Identifier: GPL-2.0-only
/* What is left behind: nobody prints a word, and the accounts of a case must tell. */
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>

#include "splat.h"

static int make_left_memory(void)
{
	/* The pointer is lost, and with it all that could free it */
	return kzalloc(256, GFP_KERNEL) ? 0 : -ENOMEM;
}

static struct device *some_device(void)
{
	return bus_find_device_by_name(&platform_bus_type, NULL, "vim2m.0");
}

static int make_left_reference(void)
{
	return some_device() ? 0 : -ENODEV;
}

static int make_left_awake(void)
{
	struct device *dev = some_device();

	if (!dev)
		return -ENODEV;
	pm_runtime_get_noresume(dev);
	put_device(dev);
	return 0;
}

static int make_left_module(void)
{
	__module_get(THIS_MODULE);
	return 0;
}

const struct splat splat_left[] = {
	{ "left-memory", make_left_memory },
	{ "left-reference", make_left_reference },
	{ "left-awake", make_left_awake },
	{ "left-module", make_left_module },
	{ }
};
