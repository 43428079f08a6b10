// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two locks, and two modules that take them in opposite orders when they are
 * loaded. A guest with one of them is clean, a guest with the other is clean,
 * and only both together are the inversion that they are.
 */
#include <linux/module.h>
#include <linux/mutex.h>

#include "pair.h"

static DEFINE_MUTEX(m2m_pair_a);
static DEFINE_MUTEX(m2m_pair_b);

static void take(struct mutex *outer, struct mutex *inner)
{
	mutex_lock(outer);
	mutex_lock(inner);
	mutex_unlock(inner);
	mutex_unlock(outer);
}

void m2m_pair_take_ab(void)
{
	take(&m2m_pair_a, &m2m_pair_b);
}
EXPORT_SYMBOL_GPL(m2m_pair_take_ab);

void m2m_pair_take_ba(void)
{
	take(&m2m_pair_b, &m2m_pair_a);
}
EXPORT_SYMBOL_GPL(m2m_pair_take_ba);

MODULE_DESCRIPTION("A lock inversion in two halves");
MODULE_LICENSE("GPL");
