// SPDX-License-Identifier: GPL-2.0-only
/*
 * One clock per block. Where a driver enables it for each job, it says when to
 * look at the registers, and its count is the count of the jobs.
 */
#include <linux/clk-provider.h>
#include <linux/device.h>
#include <linux/overflow.h>

#include "silicon.h"

#define SILICON_CLOCK_HZ	300000000

static struct silicon_block *silicon_of_clock(struct clk_hw *hw)
{
	return container_of(hw, struct silicon_block, clock);
}

static int silicon_clock_enable(struct clk_hw *hw)
{
	struct silicon_block *block = silicon_of_clock(hw);

	silicon_count(block, SILICON_CLOCK_ENABLES);
	atomic_set(&block->clocked, 1);
	silicon_engine_ring(block);
	return 0;
}

static void silicon_clock_disable(struct clk_hw *hw)
{
	struct silicon_block *block = silicon_of_clock(hw);
	struct silicon_job *job = READ_ONCE(block->busy);

	atomic_set(&block->clocked, 0);
	if (!job)
		return;
	/* Stopping a job first and its clock next is the proper order. */
	if (!block->ops->stopped(block))
		job->gated = true;
	/* Who sees the cut sees what it was. */
	smp_store_release(&job->cut, true);
	silicon_engine_ring(block);
}

static int silicon_clock_is_enabled(struct clk_hw *hw)
{
	return atomic_read(&silicon_of_clock(hw)->clocked);
}

static unsigned long silicon_clock_rate(struct clk_hw *hw, unsigned long parent)
{
	return SILICON_CLOCK_HZ;
}

static const struct clk_ops silicon_clock_ops = {
	.enable = silicon_clock_enable,
	.disable = silicon_clock_disable,
	.is_enabled = silicon_clock_is_enabled,
	.recalc_rate = silicon_clock_rate,
};

int silicon_clock_init(struct silicon *silicon)
{
	struct clk_hw_onecell_data *data;
	struct clk_init_data init = { .ops = &silicon_clock_ops };
	struct silicon_block *block;
	unsigned int i;
	int ret;

	data = devm_kzalloc(silicon->dev, struct_size(data, hws, SILICON_BLOCKS_MAX), GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	data->num = SILICON_BLOCKS_MAX;
	for (i = 0; i < SILICON_BLOCKS_MAX; i++) {
		block = silicon->block[i];
		if (!block) {
			data->hws[i] = ERR_PTR(-ENOENT);
			continue;
		}
		init.name = devm_kasprintf(silicon->dev, GFP_KERNEL, "silicon-%s",
					   block->ops->name);
		if (!init.name)
			return -ENOMEM;
		block->clock.init = &init;
		ret = devm_clk_hw_register(silicon->dev, &block->clock);
		if (ret)
			return ret;
		data->hws[i] = &block->clock;
	}
	return devm_of_clk_add_hw_provider(silicon->dev, of_clk_hw_onecell_get, data);
}
