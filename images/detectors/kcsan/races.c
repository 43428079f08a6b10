// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two threads that write to the same memory, and nothing that orders them: a log
 * without a report of it comes from a KCSAN that was off.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/module.h>

/* So many accesses have at least this many watched. */
#define WATCHED		20
#define ACCESSES	(WATCHED * CONFIG_KCSAN_SKIP_WATCH)
/* Where there is one CPU only, a thread is watched until its time is over, now and then. */
#define ALONE		50

static unsigned long m2m_canary_counter;
static DECLARE_COMPLETION(m2m_canary_done);

static noinline void m2m_canary_count(void)
{
	m2m_canary_counter++;
	/* One access after the other, as they stand here. */
	barrier();
}

static int m2m_canary_race(void *unused)
{
	unsigned long left = ACCESSES;

	if (num_online_cpus() == 1)
		left *= ALONE;
	while (left--)
		m2m_canary_count();
	complete(&m2m_canary_done);
	return 0;
}

static int m2m_canary_start(unsigned int cpu)
{
	struct task_struct *racer;

	racer = kthread_create(m2m_canary_race, NULL, "m2m_canary/%u", cpu);
	if (IS_ERR(racer))
		return PTR_ERR(racer);
	kthread_bind(racer, cpu);
	wake_up_process(racer);
	return 0;
}

static int __init m2m_canary_races_init(void)
{
	unsigned int first = cpumask_first(cpu_online_mask);
	unsigned int last = cpumask_last(cpu_online_mask);
	int ret;

	ret = m2m_canary_start(first);
	if (ret)
		return ret;
	ret = m2m_canary_start(last);
	if (!ret)
		wait_for_completion(&m2m_canary_done);
	wait_for_completion(&m2m_canary_done);
	return ret;
}
module_init(m2m_canary_races_init);

MODULE_DESCRIPTION("Proof that KCSAN is alive");
MODULE_LICENSE("GPL");
