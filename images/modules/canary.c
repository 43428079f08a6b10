// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last act of a case: take two locks in both orders, in one task, so that
 * nothing can deadlock and lockdep must report. A log without that report
 * comes from a kernel whose lockdep was off. Where KASAN is built in, read
 * memory that was freed, too; later, because that report ends lockdep.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

/* The names stand in the report, where the host looks for them. */
static DEFINE_MUTEX(m2m_canary_a);
static DEFINE_MUTEX(m2m_canary_b);

#ifdef CONFIG_KASAN
static noinline void m2m_canary_memory(void)
{
	char *memory = kmalloc(64, GFP_KERNEL);

	if (!memory)
		return;
	kfree(memory);
	/* The compiler does not know that this is what was freed */
	OPTIMIZER_HIDE_VAR(memory);
	READ_ONCE(memory[8]);
}
#else
static void m2m_canary_memory(void)
{
}
#endif

static int __init m2m_canary_init(void)
{
	mutex_lock(&m2m_canary_a);
	mutex_lock(&m2m_canary_b);
	mutex_unlock(&m2m_canary_b);
	mutex_unlock(&m2m_canary_a);

	mutex_lock(&m2m_canary_b);
	mutex_lock(&m2m_canary_a);
	mutex_unlock(&m2m_canary_a);
	mutex_unlock(&m2m_canary_b);

	m2m_canary_memory();
	return 0;
}
module_init(m2m_canary_init);

MODULE_DESCRIPTION("Proof that lockdep is alive");
MODULE_LICENSE("GPL");
