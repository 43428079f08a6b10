// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims a licence that makes the kernel turn lockdep off, to see that the
 * host notices.
 */
#include <linux/module.h>

static int __init m2m_proprietary_init(void)
{
	pr_info("m2m_proprietary: lockdep goes off because of this module's licence\n");
	return 0;
}
module_init(m2m_proprietary_init);

MODULE_DESCRIPTION("A module that turns lockdep off by its licence");
MODULE_LICENSE("Proprietary");
