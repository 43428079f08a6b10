// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mistakes on purpose: what the kernel says to them is what the host must find
 * in a log. One is made when the module is loaded, and one by each program that
 * writes a kind to the parameter "make".
 */
#include <linux/module.h>
#include <linux/string.h>

#include "splat.h"

static char *kind = "";
module_param(kind, charp, 0444);
MODULE_PARM_DESC(kind, "which mistake to make; by itself none");

static const struct splat * const tables[] = {
	splat_locks, splat_irq, splat_context, splat_data, splat_fence, splat_left,
};

static int make(const char *wanted)
{
	const struct splat *splat;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		for (splat = tables[i]; splat->kind; splat++) {
			if (sysfs_streq(splat->kind, wanted))
				return splat->make();
		}
	}
	pr_err("m2m_splat: no kind '%s'\n", wanted);
	return -EINVAL;
}

static int make_now(const char *wanted, const struct kernel_param *unused)
{
	return make(wanted);
}

static const struct kernel_param_ops make_ops = {
	.set = make_now,
};
module_param_cb(make, &make_ops, NULL, 0200);
MODULE_PARM_DESC(make, "makes a mistake in the name of who writes it");

/* There is no exit: a mistake cannot be taken back. */
static int __init m2m_splat_init(void)
{
	return *kind ? make(kind) : 0;
}
module_init(m2m_splat_init);

MODULE_DESCRIPTION("Mistakes on purpose, for the parser of kernel logs");
MODULE_LICENSE("GPL");
