// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads a register that has no power: a log without a report of it comes from a
 * kernel in which nobody looked at registers.
 */
#include <linux/io.h>
#include <linux/module.h>

#include "mmio.h"

static int __init m2m_canary_mmio_init(void)
{
	readl(m2m_mmio_nothing);
	return 0;
}
module_init(m2m_canary_mmio_init);

MODULE_DESCRIPTION("Proof that accesses to registers are looked at");
MODULE_LICENSE("GPL");
