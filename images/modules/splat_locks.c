// SPDX-License-Identifier: GPL-2.0-only
/* Lock order, lock balance and lock state. */
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "splat.h"

static DEFINE_SPINLOCK(m2m_splat_first);
static DEFINE_SPINLOCK(m2m_splat_second);
static DEFINE_MUTEX(m2m_splat_mutex);

static int make_abba(void)
{
	spin_lock(&m2m_splat_first);
	spin_lock(&m2m_splat_second);
	spin_unlock(&m2m_splat_second);
	spin_unlock(&m2m_splat_first);

	spin_lock(&m2m_splat_second);
	spin_lock(&m2m_splat_first);
	spin_unlock(&m2m_splat_first);
	spin_unlock(&m2m_splat_second);
	return 0;
}

/* Two locks, one class: the init site is the class. */
static int make_recursive(void)
{
	static struct mutex pair[2];
	int i;

	for (i = 0; i < 2; i++)
		mutex_init(&pair[i]);
	mutex_lock(&pair[0]);
	mutex_lock(&pair[1]);
	mutex_unlock(&pair[1]);
	mutex_unlock(&pair[0]);
	return 0;
}

/* Loading a module is a system call like any other. */
static int make_held_return(void)
{
	mutex_lock(&m2m_splat_mutex);
	return 0;
}

static int make_bad_unlock(void)
{
	mutex_unlock(&m2m_splat_mutex);
	return 0;
}

static int make_held_freed(void)
{
	struct mutex *mutex = kzalloc(sizeof(*mutex), GFP_KERNEL);

	if (!mutex)
		return -ENOMEM;
	mutex_init(mutex);
	mutex_lock(mutex);
	kfree(mutex);
	return 0;
}

/* Memory that was never initialized as a lock has no class. */
static int make_non_static_key(void)
{
	spinlock_t *lock = kzalloc(sizeof(*lock), GFP_KERNEL);

	if (!lock)
		return -ENOMEM;
	spin_lock(lock);
	spin_unlock(lock);
	return 0;
}

#ifdef CONFIG_DEBUG_SPINLOCK
/* As if the lock's memory had been freed. */
static int make_spin_magic(void)
{
	m2m_splat_first.rlock.magic = 0x6b6b6b6b;
	spin_lock(&m2m_splat_first);
	spin_unlock(&m2m_splat_first);
	return 0;
}
#endif

static void leak_lock(struct work_struct *work)
{
	mutex_lock(&m2m_splat_mutex);
}

static int make_work_leak(void)
{
	static DECLARE_WORK(work, leak_lock);

	schedule_work(&work);
	flush_work(&work);
	return 0;
}

const struct splat splat_locks[] = {
	{ "abba", make_abba },
	{ "recursive", make_recursive },
	{ "held-return", make_held_return },
	{ "bad-unlock", make_bad_unlock },
	{ "held-freed", make_held_freed },
	{ "non-static-key", make_non_static_key },
#ifdef CONFIG_DEBUG_SPINLOCK
	{ "spin-magic", make_spin_magic },
#endif
	{ "work-leak", make_work_leak },
	{ }
};
