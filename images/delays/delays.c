// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds threads up where races are: when they take or leave a lock, publish or
 * signal a fence, give a buffer back, or when an interrupt, a timer or a work
 * item begins, all in the code under test alone, or where the kernel takes one of
 * its locks for it: modules that are not the rig's, and what shares fences and
 * buffers. Whether, and for how long or until whom, is drawn from the seed, the
 * site, the thread and how often it was there, so that one seed is one history, and
 * a call less elsewhere moves no other delay.
 *
 * Hooks are called with preemption or interrupts off, and by lockdep itself: no
 * lock, no sleep, no memory. Who is held up gives the other CPU its turn.
 */
#include <linux/debugfs.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>

#include "draw.h"
#include "pairs.h"
#include "rendezvous.h"
#include "sites.h"
#include "ticks.h"

static char *policy = "random";
module_param(policy, charp, 0444);
MODULE_PARM_DESC(policy, "random: for a time that is drawn; rendezvous: until a partner comes");

static unsigned int one_in = 16;
module_param(one_in, uint, 0444);
MODULE_PARM_DESC(one_in, "of so many hits one is held up");

static unsigned int usec = 100;
module_param(usec, uint, 0444);
MODULE_PARM_DESC(usec, "microseconds at most");

static char *functions = "dma_resv_,dma_fence_,dma_buf_,sync_file_,media_request_";
module_param(functions, charp, 0444);
MODULE_PARM_DESC(functions, "how functions of built-in code under test begin");

struct outcome {
	unsigned long hits;
	unsigned long delays;
	u64 ticks;
};

static DEFINE_PER_CPU(struct outcome, outcome);
/* An interrupt comes in between, and has hooks of its own. */
static DEFINE_PER_CPU(bool, inside);
static struct dentry *delays_file;
static bool meets;

static void hold_up(u32 microseconds)
{
	u64 ticks = ticks_of(microseconds);
	cycles_t begin = get_cycles();

	while (get_cycles() - begin < ticks)
		cpu_relax();
}

/* For how long this hit of the site is held up, or until whom; mostly not. */
static struct hold draw_hold(u32 site, const void *lock)
{
	u32 thread = this_thread();
	struct hold hold = { 0 };
	int hit = site_hits(site, thread);

	if (hit < 0)
		return hold;
	__this_cpu_inc(outcome.hits);
	/* Seen with any policy, so that they can be compared. */
	pairs_visit(site, thread, lock, get_cycles());
	if (meets)
		hold = rendezvous_draw(site, thread, hit, lock, one_in);
	else if (!(draw(DRAW_DELAY, site, thread, hit) % one_in))
		hold.microseconds = 1 + draw(DRAW_LENGTH, site, thread, hit) % usec;
	if (hold.seat || hold.microseconds)
		__this_cpu_inc(outcome.delays);
	return hold;
}

static void at_site(unsigned long address, const struct lockdep_map *lock)
{
	struct hold hold = { 0 };
	cycles_t begin = get_cycles();
	unsigned long flags;
	u32 number;

	if (in_nmi())
		return;
	raw_local_irq_save(flags);
	if (!__this_cpu_read(inside)) {
		__this_cpu_write(inside, true);
		number = lock ? site_of_lock(address, lock->key) : site_number(address);
		if (number)
			hold = draw_hold(number, lock);
		__this_cpu_write(inside, false);
	}
	raw_local_irq_restore(flags);
	/* Interrupts are on again where they were. */
	if (!hold.seat && !hold.microseconds)
		return;
	hold_up(hold.seat ? rendezvous_keep(hold.seat, usec) : hold.microseconds);
	raw_cpu_add(outcome.ticks, get_cycles() - begin);
}

static void on_lock_acquire(void *data, struct lockdep_map *lock, unsigned int subclass,
			    int trylock, int read, int check, struct lockdep_map *next,
			    unsigned long ip)
{
	at_site(ip, lock);
}

static void on_lock_release(void *data, struct lockdep_map *lock, unsigned long ip)
{
	at_site(ip, lock);
}

static void on_work(void *data, struct work_struct *work)
{
	at_site((unsigned long)work->func, NULL);
}

static void on_timer(void *data, struct timer_list *timer, unsigned long baseclk)
{
	at_site((unsigned long)timer->function, NULL);
}

static void on_hrtimer(void *data, struct hrtimer *timer, ktime_t *now)
{
	at_site((unsigned long)ACCESS_PRIVATE(timer, function), NULL);
}

static void on_interrupt(void *data, int irq, struct irqaction *action)
{
	at_site((unsigned long)action->handler, NULL);
}

struct hook {
	const char *event;
	void *probe;
	struct tracepoint *on;
};

static struct hook hooks[] = {
	{ "lock_acquire", on_lock_acquire },
	{ "lock_release", on_lock_release },
	{ "workqueue_execute_start", on_work },
	{ "timer_expire_entry", on_timer },
	{ "hrtimer_expire_entry", on_hrtimer },
	{ "irq_handler_entry", on_interrupt },
};

static void find(struct tracepoint *event, void *data)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		if (!strcmp(event->name, hooks[i].event))
			hooks[i].on = event;
	}
}

static void unhook(void)
{
	size_t i = ARRAY_SIZE(hooks);

	while (i--) {
		if (hooks[i].on)
			tracepoint_probe_unregister(hooks[i].on, hooks[i].probe, NULL);
	}
	tracepoint_synchronize_unregister();
}

static int hook(void)
{
	size_t i;
	int ret;

	for_each_kernel_tracepoint(find, NULL);
	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		ret = hooks[i].on ? tracepoint_probe_register(hooks[i].on, hooks[i].probe, NULL) :
				    -ENOENT;
		if (!ret)
			continue;
		pr_err("m2m_delays: %s: %pe\n", hooks[i].event, ERR_PTR(ret));
		for (; i < ARRAY_SIZE(hooks); i++)
			hooks[i].on = NULL;
		unhook();
		return ret;
	}
	return 0;
}

static int delays_show(struct seq_file *to, void *unused)
{
	struct outcome all = { 0 }, *one;
	int cpu;

	for_each_possible_cpu(cpu) {
		one = per_cpu_ptr(&outcome, cpu);
		all.hits += one->hits;
		all.delays += one->delays;
		all.ticks += one->ticks;
	}
	seq_printf(to, "policy=%s one-in=%u usec=%u\n", policy, one_in, usec);
	seq_printf(to, "sites=%u hits=%lu lost=%u delays=%lu microseconds=%llu\n", sites_count(),
		   all.hits, sites_lost(), all.delays, div64_u64(all.ticks, ticks_of(1)));
	if (meets)
		rendezvous_show(to);
	pairs_show(to);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(delays);

static int __init delays_init(void)
{
	int ret;

	meets = !strcmp(policy, "rendezvous");
	if (!one_in || !usec || (!meets && strcmp(policy, "random")))
		return -EINVAL;
	ret = pairs_begin();
	if (ret)
		return ret;
	ret = sites_begin(functions);
	if (ret) {
		pairs_end();
		return ret;
	}
	delays_file = debugfs_create_file("m2m_delays", 0444, NULL, NULL, &delays_fops);
	ret = hook();
	if (ret) {
		debugfs_remove(delays_file);
		sites_end();
		pairs_end();
	}
	return ret;
}
module_init(delays_init);

static void __exit delays_exit(void)
{
	unhook();
	debugfs_remove(delays_file);
	sites_end();
	pairs_end();
}
module_exit(delays_exit);

MODULE_DESCRIPTION("Threads are held up where races are");
MODULE_LICENSE("GPL");
