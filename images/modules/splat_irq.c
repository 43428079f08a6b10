// SPDX-License-Identifier: GPL-2.0-only
/* Locks that interrupts take too. */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

#include "splat.h"

static DEFINE_SPINLOCK(m2m_splat_safe);
static DEFINE_SPINLOCK(m2m_splat_unsafe);

static void take_safe(struct irq_work *work)
{
	spin_lock(&m2m_splat_safe);
	spin_unlock(&m2m_splat_safe);
}

static void take_safe_in_hardirq(void)
{
	static struct irq_work work = IRQ_WORK_INIT_HARD(take_safe);

	irq_work_queue(&work);
	irq_work_sync(&work);
}

static void take_safe_in_timer(struct timer_list *unused)
{
	spin_lock(&m2m_splat_safe);
	spin_unlock(&m2m_splat_safe);
}

static void take_safe_in_softirq(void)
{
	static struct timer_list timer;

	timer_setup(&timer, take_safe_in_timer, 0);
	mod_timer(&timer, jiffies + 1);
	msleep(40);
}

static void take_unsafe(void)
{
	spin_lock(&m2m_splat_unsafe);
	spin_unlock(&m2m_splat_unsafe);
}

static void take_both(void)
{
	unsigned long flags;

	spin_lock_irqsave(&m2m_splat_safe, flags);
	spin_lock(&m2m_splat_unsafe);
	spin_unlock(&m2m_splat_unsafe);
	spin_unlock_irqrestore(&m2m_splat_safe, flags);
}

/* The order comes last: reported when the edge is added. */
static int make_hardirq_unsafe(void)
{
	take_safe_in_hardirq();
	take_unsafe();
	take_both();
	return 0;
}

static int make_softirq_unsafe(void)
{
	take_safe_in_softirq();
	take_unsafe();
	take_both();
	return 0;
}

/* The interrupt comes last: reported when the lock's use changes. */
static int make_irq_inversion(void)
{
	take_unsafe();
	take_both();
	take_safe_in_hardirq();
	return 0;
}

static int make_inconsistent(void)
{
	spin_lock(&m2m_splat_safe);
	spin_unlock(&m2m_splat_safe);
	take_safe_in_hardirq();
	return 0;
}

static int make_inconsistent_softirq(void)
{
	spin_lock(&m2m_splat_safe);
	spin_unlock(&m2m_splat_safe);
	take_safe_in_softirq();
	return 0;
}

const struct splat splat_irq[] = {
	{ "hardirq-unsafe", make_hardirq_unsafe },
	{ "softirq-unsafe", make_softirq_unsafe },
	{ "irq-inversion", make_irq_inversion },
	{ "inconsistent", make_inconsistent },
	{ "inconsistent-softirq", make_inconsistent_softirq },
	{ }
};
