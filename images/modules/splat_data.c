// SPDX-License-Identifier: GPL-2.0-only
/* Memory that is not what it should be, and plain warnings. */
#include <linux/bug.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/timer.h>

#include "splat.h"

static int make_warn(void)
{
	WARN_ON(1);
	return 0;
}

static int make_warn_text(void)
{
	WARN(1, "m2m_splat: a warning with a text\n");
	return 0;
}

static int make_oops(void)
{
	static int *nowhere;

	WRITE_ONCE(*READ_ONCE(nowhere), 1);
	return 0;
}

static int make_list_add(void)
{
	static LIST_HEAD(head);
	static LIST_HEAD(entry);

	list_add(&entry, &head);
	list_add(&entry, &head);
	return 0;
}

static int make_list_del(void)
{
	static LIST_HEAD(head);
	static LIST_HEAD(entry);

	list_add(&entry, &head);
	list_del(&entry);
	list_del(&entry);
	return 0;
}

static int make_refcount(void)
{
	static refcount_t count = REFCOUNT_INIT(1);

	refcount_dec(&count);
	return 0;
}

static int make_refcount_underflow(void)
{
	static refcount_t count = REFCOUNT_INIT(0);

	return refcount_dec_and_test(&count) ? -EINVAL : 0;
}

static void never(struct timer_list *timer)
{
}

/* The debug code takes the timer back before its memory goes. */
static int make_odebug(void)
{
	struct timer_list *timer = kzalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return -ENOMEM;
	timer_setup(timer, never, 0);
	mod_timer(timer, jiffies + 3600 * HZ);
	kfree(timer);
	return 0;
}

const struct splat splat_data[] = {
	{ "warn", make_warn },
	{ "warn-text", make_warn_text },
	{ "oops", make_oops },
	{ "list-add", make_list_add },
	{ "list-del", make_list_del },
	{ "refcount", make_refcount },
	{ "refcount-underflow", make_refcount_underflow },
	{ "odebug", make_odebug },
	{ }
};
