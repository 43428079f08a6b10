// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mistakes on purpose, one for each load: what the kernel says to them is what
 * the host must find in a log.
 */
#include <linux/module.h>
#include <linux/string.h>

#include "splat.h"

static char *kind = "";
module_param(kind, charp, 0444);
MODULE_PARM_DESC(kind, "which mistake to make");

static const struct splat * const tables[] = {
	splat_locks, splat_irq, splat_context, splat_data, splat_fence,
};

/* There is no exit: a mistake cannot be taken back. */
static int __init m2m_splat_init(void)
{
	const struct splat *splat;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		for (splat = tables[i]; splat->kind; splat++) {
			if (!strcmp(splat->kind, kind))
				return splat->make();
		}
	}
	pr_err("m2m_splat: no kind '%s'\n", kind);
	return -EINVAL;
}
module_init(m2m_splat_init);

MODULE_DESCRIPTION("Mistakes on purpose, for the parser of kernel logs");
MODULE_LICENSE("GPL");
