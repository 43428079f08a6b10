// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one thread in which hardware happens. It sleeps until the next moment at
 * which some block has something to do, or until a block is rung. One thread
 * for all blocks keeps the order of events the same in every run, and leaves no
 * two of them to race with each other.
 */
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "silicon.h"

static struct task_struct *silicon_thread;
static atomic_t silicon_bell = ATOMIC_INIT(0);

/* Something about @block changed; from any context. */
void silicon_engine_ring(struct silicon_block *block)
{
	atomic_set(&block->rung, 1);
	atomic_set(&silicon_bell, 1);
	wake_up_process(silicon_thread);
}

static u64 silicon_engine_turn(struct silicon *silicon)
{
	u64 next = U64_MAX;
	unsigned int i;

	for (i = 0; i < SILICON_BLOCKS_MAX; i++)
		if (silicon->block[i])
			next = min(next, silicon_block_step(silicon->block[i]));
	return next;
}

static int silicon_engine(void *data)
{
	ktime_t until;
	u64 next;

	/* Hardware does not wait for the tasks of the machine. */
	sched_set_fifo(current);
	while (!kthread_should_stop()) {
		atomic_set(&silicon_bell, 0);
		next = silicon_engine_turn(data);
		until = ns_to_ktime(next);
		set_current_state(TASK_IDLE);
		if (!atomic_read(&silicon_bell) && !kthread_should_stop())
			schedule_hrtimeout(next == U64_MAX ? NULL : &until, HRTIMER_MODE_ABS);
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}

int silicon_engine_start(struct silicon *silicon)
{
	struct task_struct *thread = kthread_create(silicon_engine, silicon, "m2m_silicon");

	if (IS_ERR(thread))
		return PTR_ERR(thread);
	silicon_thread = thread;
	wake_up_process(thread);
	return 0;
}

void silicon_engine_stop(void)
{
	kthread_stop(silicon_thread);
}
