// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that nothing points to: a scan that does not report it comes from a
 * kmemleak that was off, or has ended itself.
 */
#include <linux/module.h>
#include <linux/slab.h>

/* A register or a stack may still hold the last of them. */
#define LOST	4

static noinline void m2m_canary_lose(void)
{
	char *memory = kmalloc(64, GFP_KERNEL);

	/* Else the compiler sees that nobody uses it. */
	OPTIMIZER_HIDE_VAR(memory);
}

static int __init m2m_canary_leak_init(void)
{
	int i;

	for (i = 0; i < LOST; i++)
		m2m_canary_lose();
	return 0;
}
module_init(m2m_canary_leak_init);

MODULE_DESCRIPTION("Proof that kmemleak is alive");
MODULE_LICENSE("GPL");
