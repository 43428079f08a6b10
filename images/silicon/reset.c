// SPDX-License-Identifier: GPL-2.0-only
/*
 * The resets of all blocks. Line n of block b is number 4 * b + n, and every
 * line of a block resets all of it.
 */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/reset-controller.h>

#include "silicon.h"

#define SILICON_RESETS_PER_BLOCK	4

static int silicon_reset_assert(struct reset_controller_dev *rcdev, unsigned long id)
{
	struct silicon *silicon = dev_get_drvdata(rcdev->dev);
	struct silicon_block *block = silicon->block[id / SILICON_RESETS_PER_BLOCK];

	if (!block)
		return -ENOENT;
	silicon_block_reset(block);
	return 0;
}

static int silicon_reset_deassert(struct reset_controller_dev *rcdev, unsigned long id)
{
	struct silicon *silicon = dev_get_drvdata(rcdev->dev);
	struct silicon_block *block = silicon->block[id / SILICON_RESETS_PER_BLOCK];

	return block ? silicon_refusal(block) : -ENOENT;
}

static int silicon_reset_pulse(struct reset_controller_dev *rcdev, unsigned long id)
{
	return silicon_reset_assert(rcdev, id);
}

static const struct reset_control_ops silicon_reset_ops = {
	.reset = silicon_reset_pulse,
	.assert = silicon_reset_assert,
	.deassert = silicon_reset_deassert,
};

int silicon_reset_init(struct silicon *silicon)
{
	struct reset_controller_dev *rcdev;

	rcdev = devm_kzalloc(silicon->dev, sizeof(*rcdev), GFP_KERNEL);
	if (!rcdev)
		return -ENOMEM;
	rcdev->owner = THIS_MODULE;
	rcdev->dev = silicon->dev;
	rcdev->of_node = silicon->dev->of_node;
	rcdev->ops = &silicon_reset_ops;
	rcdev->nr_resets = SILICON_BLOCKS_MAX * SILICON_RESETS_PER_BLOCK;
	return devm_reset_controller_register(silicon->dev, rcdev);
}
