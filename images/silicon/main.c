// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hardware for real drivers, imitated in the guest that runs them. The device
 * tree names the blocks; for each node that a known kind of block matches, there
 * is one block behind its registers.
 *
 * Once loaded the module stays, as hardware does.
 */
#include <linux/debugfs.h>
#include <linux/irq.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/of_irq.h>
#include <linux/platform_device.h>

#include "silicon.h"

static struct lock_class_key silicon_block_key;

static int silicon_block_id(struct silicon *silicon, struct device_node *node, u32 *id)
{
	struct of_phandle_args args;
	int ret;

	ret = of_parse_phandle_with_args(node, "power-domains", "#power-domain-cells", 0, &args);
	if (ret)
		return ret;
	of_node_put(args.np);
	if (args.np != silicon->dev->of_node || args.args_count != 1 ||
	    args.args[0] >= SILICON_BLOCKS_MAX || silicon->block[args.args[0]])
		return -EINVAL;
	*id = args.args[0];
	return 0;
}

static int silicon_block_registers(struct silicon *silicon, struct silicon_block *block,
				   struct device_node *node)
{
	struct silicon_window *window;
	struct resource resource;

	while (!of_address_to_resource(node, block->windows, &resource)) {
		if (block->windows == SILICON_WINDOWS)
			return -E2BIG;
		window = &block->window[block->windows++];
		window->start = resource.start;
		window->size = resource_size(&resource);
		/* The driver owns the region; both sides map it the same way. */
		window->regs = devm_ioremap(silicon->dev, window->start, window->size);
		if (!window->regs)
			return -ENOMEM;
		memset_io(window->regs, 0, window->size);
	}
	return block->windows ? 0 : -EINVAL;
}

static int silicon_block_lines(struct silicon_block *block, struct device_node *node)
{
	unsigned int irq;
	bool level;

	while ((irq = irq_of_parse_and_map(node, block->lines))) {
		if (block->lines == SILICON_LINES)
			return -E2BIG;
		level = irq_get_trigger_type(irq) & IRQ_TYPE_LEVEL_MASK;
		if (block->lines && level != block->level)
			return -EINVAL;
		block->level = level;
		block->irq[block->lines++] = irq;
	}
	return block->lines && (!block->level || block->ops->asserted) ? 0 : -EINVAL;
}

/* Which of the clocks that a block may have the driver finds in its node. */
static int silicon_block_clocks(struct silicon *silicon, struct silicon_block *block,
				struct device_node *node)
{
	struct of_phandle_args args;
	unsigned int number;
	int i;

	for (i = 0; !of_parse_phandle_with_args(node, "clocks", "#clock-cells", i, &args); i++) {
		of_node_put(args.np);
		if (args.np != silicon->dev->of_node)
			continue;
		number = args.args[0] / SILICON_BLOCKS_MAX;
		if (args.args[0] % SILICON_BLOCKS_MAX != block->id || number >= SILICON_CLOCKS)
			return -EINVAL;
		block->clocks |= BIT(number);
	}
	return 0;
}

static int silicon_block_add(struct silicon *silicon, const struct silicon_ops *ops,
			     struct device_node *node)
{
	struct silicon_block *block;
	unsigned int i;
	int ret;

	block = devm_kzalloc(silicon->dev, sizeof(*block), GFP_KERNEL);
	if (!block)
		return -ENOMEM;
	block->ops = ops;
	block->dev = silicon->dev;
	/* For good, as the block. */
	block->node = of_node_get(node);
	mutex_init(&block->lock);
	/* Lock graphs and reports show whose lock it is. */
	lockdep_set_class_and_name(&block->lock, &silicon_block_key, "m2m_silicon_block");
	for (i = 0; i < SILICON_JOBS; i++) {
		block->job[i].data = devm_kzalloc(silicon->dev, ops->job_size, GFP_KERNEL);
		if (!block->job[i].data)
			return -ENOMEM;
	}
	ret = of_node_name_eq(node, ops->name) ? 0 : -EINVAL;
	if (!ret)
		ret = silicon_block_id(silicon, node, &block->id);
	if (!ret)
		ret = silicon_block_registers(silicon, block, node);
	if (!ret)
		ret = silicon_block_lines(block, node);
	if (!ret)
		ret = silicon_block_clocks(silicon, block, node);
	if (ret)
		return dev_err_probe(silicon->dev, ret,
				     "%pOF: name, registers, interrupts, clocks or domain\n",
				     node);
	silicon_settings_apply(block);
	silicon->block[block->id] = block;
	return 0;
}

static int silicon_find_blocks(struct silicon *silicon)
{
	struct device_node *node;
	unsigned int i;
	int ret;

	for (i = 0; i < silicon_kind_count; i++) {
		for_each_compatible_node(node, NULL, silicon_kinds[i]->compatible) {
			if (!of_device_is_available(node))
				continue;
			ret = silicon_block_add(silicon, silicon_kinds[i], node);
			if (ret) {
				of_node_put(node);
				return ret;
			}
		}
	}
	return 0;
}

static int silicon_probe(struct platform_device *pdev)
{
	struct silicon *silicon;
	struct dentry *dir;
	int ret;

	silicon = devm_kzalloc(&pdev->dev, sizeof(*silicon), GFP_KERNEL);
	if (!silicon)
		return -ENOMEM;
	silicon->dev = &pdev->dev;
	platform_set_drvdata(pdev, silicon);

	ret = silicon_find_blocks(silicon);
	if (ret)
		return ret;
	dir = debugfs_create_dir("m2m_silicon", NULL);
	ret = silicon_journal_init(dir);
	if (ret)
		goto err_debugfs;
	silicon_stats_init(silicon, dir);
	silicon_refusal_init(silicon, dir);
	ret = silicon_engine_start(silicon);
	if (ret)
		goto err_debugfs;
	ret = silicon_watch_init(silicon);
	if (ret)
		goto err_engine;

	/* From here on the drivers may come. */
	ret = silicon_clock_init(silicon);
	if (!ret)
		ret = silicon_reset_init(silicon);
	if (!ret)
		ret = silicon_power_init(silicon);
	if (!ret)
		return 0;

err_engine:
	silicon_engine_stop();
err_debugfs:
	debugfs_remove(dir);
	return ret;
}

static const struct of_device_id silicon_match[] = {
	{ .compatible = "m2m-rig,silicon" },
	{ }
};
MODULE_DEVICE_TABLE(of, silicon_match);

static struct platform_driver silicon_driver = {
	.probe = silicon_probe,
	.driver = {
		.name = "m2m_silicon",
		.of_match_table = silicon_match,
		.suppress_bind_attrs = true,
	},
};

static int __init silicon_init(void)
{
	int ret = silicon_settings_init();

	return ret ? ret : platform_driver_register(&silicon_driver);
}
module_init(silicon_init);

MODULE_DESCRIPTION("Hardware blocks for mem2mem drivers, imitated in the guest");
MODULE_LICENSE("GPL");
