// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hardware that does not wake. In debugfs, refuse/BLOCK is the number of steps, from
 * the next one on, until one is refused, once: a clock of the block is looked for,
 * prepared or enabled, its power domain switched on, its reset let go. It is counted
 * down; at 0 nothing is refused. Writing it heals the device that did not wake, too:
 * runtime PM would never try again.
 */
#include <linux/debugfs.h>
#include <linux/of_platform.h>
#include <linux/platform_device.h>
#include <linux/pm_runtime.h>

#include "silicon.h"

/* Of each such step: 0, or the error of the one that is refused. */
int silicon_refusal(struct silicon_block *block)
{
	return atomic_dec_if_positive(&block->refuse) ? 0 : -EIO;
}

static void silicon_heal(struct silicon_block *block)
{
	struct platform_device *pdev = of_find_device_by_node(block->node);

	if (!pdev)
		return;
	if (pdev->dev.power.runtime_error)
		pm_runtime_set_suspended(&pdev->dev);
	put_device(&pdev->dev);
}

static int silicon_refuse_set(void *data, u64 steps)
{
	struct silicon_block *block = data;

	if (steps > INT_MAX)
		return -ERANGE;
	silicon_heal(block);
	atomic_set(&block->refuse, steps);
	return 0;
}

static int silicon_refuse_get(void *data, u64 *steps)
{
	struct silicon_block *block = data;

	*steps = atomic_read(&block->refuse);
	return 0;
}

DEFINE_DEBUGFS_ATTRIBUTE(silicon_refuse_fops, silicon_refuse_get, silicon_refuse_set, "%llu\n");

void silicon_refusal_init(struct silicon *silicon, struct dentry *dir)
{
	struct dentry *refuse = debugfs_create_dir("refuse", dir);
	unsigned int i;

	for (i = 0; i < SILICON_BLOCKS_MAX; i++)
		if (silicon->block[i])
			debugfs_create_file_unsafe(silicon->block[i]->ops->name, 0600, refuse,
						   silicon->block[i], &silicon_refuse_fops);
}
