// SPDX-License-Identifier: GPL-2.0-only
/*
 * One power domain per block. A block without power forgets everything, and
 * nobody looks at its registers.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/pm_domain.h>

#include "silicon.h"

static int silicon_power_on(struct generic_pm_domain *domain)
{
	struct silicon_block *block = container_of(domain, struct silicon_block, domain);
	int ret = silicon_refusal(block);

	if (!ret)
		silicon_block_power(block, true);
	return ret;
}

static int silicon_power_off(struct generic_pm_domain *domain)
{
	silicon_block_power(container_of(domain, struct silicon_block, domain), false);
	return 0;
}

int silicon_power_init(struct silicon *silicon)
{
	struct genpd_onecell_data *data;
	struct silicon_block *block;
	unsigned int i;
	int ret;

	data = devm_kzalloc(silicon->dev, sizeof(*data), GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	data->num_domains = SILICON_BLOCKS_MAX;
	data->domains = devm_kcalloc(silicon->dev, SILICON_BLOCKS_MAX, sizeof(*data->domains),
				     GFP_KERNEL);
	if (!data->domains)
		return -ENOMEM;

	for (i = 0; i < SILICON_BLOCKS_MAX; i++) {
		block = silicon->block[i];
		if (!block)
			continue;
		block->domain.name = devm_kasprintf(silicon->dev, GFP_KERNEL, "silicon-%s",
						    block->ops->name);
		if (!block->domain.name)
			return -ENOMEM;
		block->domain.power_on = silicon_power_on;
		block->domain.power_off = silicon_power_off;
		ret = pm_genpd_init(&block->domain, NULL, true);
		if (ret)
			return ret;
		data->domains[i] = &block->domain;
	}
	return of_genpd_add_provider_onecell(silicon->dev->of_node, data);
}
