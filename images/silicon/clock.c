// SPDX-License-Identifier: GPL-2.0-only
/*
 * The clocks of the blocks. Clock n of block b is number SILICON_BLOCKS_MAX * n + b,
 * and there is one for each number that the block's node has. Where a driver enables
 * the first for each job, it says when to look at the registers, and its count is the
 * count of the jobs. A block of which any stands still does nothing.
 */
#include <linux/clk-provider.h>
#include <linux/device.h>
#include <linux/overflow.h>

#include "silicon.h"

#define SILICON_CLOCK_HZ	300000000

static struct silicon_clock *silicon_of_clock(struct clk_hw *hw)
{
	return container_of(hw, struct silicon_clock, hw);
}

static int silicon_clock_prepare(struct clk_hw *hw)
{
	return silicon_refusal(silicon_of_clock(hw)->block);
}

static int silicon_clock_enable(struct clk_hw *hw)
{
	struct silicon_clock *clock = silicon_of_clock(hw);
	struct silicon_block *block = clock->block;
	int ret = silicon_refusal(block);

	if (ret)
		return ret;
	if (!clock->number)
		silicon_count(block, SILICON_CLOCK_ENABLES);
	atomic_or(BIT(clock->number), &block->clocked);
	silicon_engine_ring(block);
	return 0;
}

static void silicon_clock_disable(struct clk_hw *hw)
{
	struct silicon_clock *clock = silicon_of_clock(hw);
	struct silicon_block *block = clock->block;
	struct silicon_job *job = READ_ONCE(block->busy);

	atomic_andnot(BIT(clock->number), &block->clocked);
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
	struct silicon_clock *clock = silicon_of_clock(hw);

	return !!(atomic_read(&clock->block->clocked) & BIT(clock->number));
}

static unsigned long silicon_clock_rate(struct clk_hw *hw, unsigned long parent)
{
	return SILICON_CLOCK_HZ;
}

static const struct clk_ops silicon_clock_ops = {
	.prepare = silicon_clock_prepare,
	.enable = silicon_clock_enable,
	.disable = silicon_clock_disable,
	.is_enabled = silicon_clock_is_enabled,
	.recalc_rate = silicon_clock_rate,
};

static int silicon_clock_add(struct silicon *silicon, struct silicon_block *block,
			     unsigned int number)
{
	struct clk_init_data init = { .ops = &silicon_clock_ops };
	struct silicon_clock *clock = &block->clock[number];

	if (number)
		init.name = devm_kasprintf(silicon->dev, GFP_KERNEL, "silicon-%s-%u",
					   block->ops->name, number);
	else
		init.name = devm_kasprintf(silicon->dev, GFP_KERNEL, "silicon-%s",
					   block->ops->name);
	if (!init.name)
		return -ENOMEM;
	clock->block = block;
	clock->number = number;
	clock->hw.init = &init;
	return devm_clk_hw_register(silicon->dev, &clock->hw);
}

static struct clk_hw *silicon_clock_get(struct of_phandle_args *args, void *data)
{
	struct clk_hw *hw = of_clk_hw_onecell_get(args, data);
	int ret;

	if (IS_ERR(hw))
		return hw;
	ret = silicon_refusal(silicon_of_clock(hw)->block);
	return ret ? ERR_PTR(ret) : hw;
}

int silicon_clock_init(struct silicon *silicon)
{
	const unsigned int count = SILICON_BLOCKS_MAX * SILICON_CLOCKS;
	struct clk_hw_onecell_data *data;
	struct silicon_block *block;
	unsigned int i, number;
	int ret;

	data = devm_kzalloc(silicon->dev, struct_size(data, hws, count), GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	data->num = count;
	for (i = 0; i < count; i++) {
		block = silicon->block[i % SILICON_BLOCKS_MAX];
		number = i / SILICON_BLOCKS_MAX;
		if (!block || !(block->clocks & BIT(number))) {
			data->hws[i] = ERR_PTR(-ENOENT);
			continue;
		}
		ret = silicon_clock_add(silicon, block, number);
		if (ret)
			return ret;
		data->hws[i] = &block->clock[number].hw;
	}
	return devm_of_clk_add_hw_provider(silicon->dev, silicon_clock_get, data);
}
