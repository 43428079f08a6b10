// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>

#include "pair.h"

static int __init m2m_pair_ab_init(void)
{
	m2m_pair_take_ab();
	return 0;
}
module_init(m2m_pair_ab_init);

static void __exit m2m_pair_ab_exit(void)
{
}
module_exit(m2m_pair_ab_exit);

MODULE_DESCRIPTION("One half of a lock inversion");
MODULE_LICENSE("GPL");
