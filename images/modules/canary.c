// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last act of a case: take two locks in both orders, in one task, so that
 * nothing can deadlock and lockdep must report. A log without that report
 * comes from a kernel whose lockdep was off.
 */
#include <linux/module.h>
#include <linux/mutex.h>

/* The names stand in the report, where the host looks for them. */
static DEFINE_MUTEX(m2m_canary_a);
static DEFINE_MUTEX(m2m_canary_b);

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
	return 0;
}
module_init(m2m_canary_init);

MODULE_DESCRIPTION("Proof that lockdep is alive");
MODULE_LICENSE("GPL");
