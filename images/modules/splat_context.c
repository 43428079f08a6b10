// SPDX-License-Identifier: GPL-2.0-only
/* Things done where they must not be done. */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "splat.h"

/* More than twice as long as the hung task detector waits: it looks now and then. */
#define HUNG_SECONDS	50

static DEFINE_SPINLOCK(m2m_splat_spin);
static DEFINE_MUTEX(m2m_splat_sleep);

static int make_sleep_atomic(void)
{
	spin_lock(&m2m_splat_spin);
	might_sleep();
	spin_unlock(&m2m_splat_spin);
	return 0;
}

static int make_scheduling_atomic(void)
{
	preempt_disable();
	schedule_timeout_uninterruptible(1);
	preempt_enable();
	return 0;
}

static int make_wait_context(void)
{
	spin_lock(&m2m_splat_spin);
	mutex_lock(&m2m_splat_sleep);
	mutex_unlock(&m2m_splat_sleep);
	spin_unlock(&m2m_splat_spin);
	return 0;
}

static int make_not_running(void)
{
	set_current_state(TASK_INTERRUPTIBLE);
	might_sleep();
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int make_preemptible(void)
{
	pr_info("m2m_splat: on CPU %u\n", smp_processor_id());
	return 0;
}

static int make_rcu_suspicious(void)
{
	static int __rcu *pointer;

	return rcu_dereference(pointer) ? -EINVAL : 0;
}

static int make_rcu_sleep(void)
{
	rcu_read_lock();
	schedule_timeout_uninterruptible(1);
	rcu_read_unlock();
	return 0;
}

static int hang(void *unused)
{
	schedule_timeout_uninterruptible(HUNG_SECONDS * HZ);
	return 0;
}

static int make_hung(void)
{
	return PTR_ERR_OR_ZERO(kthread_run(hang, NULL, "m2m_splat_hung"));
}

static int hold(void *unused)
{
	mutex_lock(&m2m_splat_sleep);
	schedule_timeout_uninterruptible(HUNG_SECONDS * HZ);
	mutex_unlock(&m2m_splat_sleep);
	return 0;
}

static int take(void *unused)
{
	mutex_lock(&m2m_splat_sleep);
	mutex_unlock(&m2m_splat_sleep);
	return 0;
}

static int make_hung_mutex(void)
{
	struct task_struct *task = kthread_run(hold, NULL, "m2m_splat_hold");

	if (IS_ERR(task))
		return PTR_ERR(task);
	msleep(100);
	return PTR_ERR_OR_ZERO(kthread_run(take, NULL, "m2m_splat_take"));
}

/* Whoever loads the module hangs, and cannot be killed. */
static int make_hung_task(void)
{
	return hang(NULL);
}

/* None of these ends, nor can whoever makes it be killed. */
static int make_spin(void)
{
	for (;;)
		barrier();
	return 0;
}

/* Each round gives way to the other CPU, and so costs QEMU a thousand of the above. */
static int make_spin_relaxed(void)
{
	for (;;)
		cpu_relax();
	return 0;
}

static int make_spin_atomic(void)
{
	preempt_disable();
	return make_spin();
}

static int make_spin_irqs_off(void)
{
	local_irq_disable();
	return make_spin();
}

static void spin_in_worker(struct work_struct *unused)
{
	make_spin();
}

/* A program that waits for a work which spins. */
static int make_spin_worker(void)
{
	static DECLARE_WORK(work, spin_in_worker);

	schedule_work(&work);
	flush_work(&work);
	return 0;
}

static atomic_t m2m_splat_ready;

static int warn_together(void *number)
{
	/* Both CPUs warn at once, and their lines mix. */
	atomic_inc(&m2m_splat_ready);
	while (atomic_read(&m2m_splat_ready) < 2)
		cpu_relax();
	WARN(1, "m2m_splat: one of two, from thread %ld\n", (long)number);
	return 0;
}

static int make_interleaved(void)
{
	struct task_struct *task;
	long i;

	for (i = 0; i < 2; i++) {
		task = kthread_run_on_cpu(warn_together, (void *)i, i, "m2m_splat/%u");
		if (IS_ERR(task))
			return PTR_ERR(task);
	}
	msleep(500);
	return 0;
}

const struct splat splat_context[] = {
	{ "sleep-atomic", make_sleep_atomic },
	{ "scheduling-atomic", make_scheduling_atomic },
	{ "wait-context", make_wait_context },
	{ "not-running", make_not_running },
	{ "preemptible", make_preemptible },
	{ "rcu-suspicious", make_rcu_suspicious },
	{ "rcu-sleep", make_rcu_sleep },
	{ "hung", make_hung },
	{ "hung-mutex", make_hung_mutex },
	{ "hung-task", make_hung_task },
	{ "interleaved", make_interleaved },
	{ "spin", make_spin },
	{ "spin-relaxed", make_spin_relaxed },
	{ "spin-atomic", make_spin_atomic },
	{ "spin-irqs-off", make_spin_irqs_off },
	{ "spin-worker", make_spin_worker },
	{ }
};
