// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>

#include "pair.h"

static int __init m2m_pair_ba_init(void)
{
	m2m_pair_take_ba();
	return 0;
}
module_init(m2m_pair_ba_init);

static void __exit m2m_pair_ba_exit(void)
{
}
module_exit(m2m_pair_ba_exit);

MODULE_DESCRIPTION("The other half of a lock inversion");
MODULE_LICENSE("GPL");
