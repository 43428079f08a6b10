// SPDX-License-Identifier: GPL-2.0-only
#include <linux/idr.h>
#include <linux/jhash.h>
#include <linux/module.h>
#include <linux/pid_namespace.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "draw.h"
#include "sites.h"

/* What came with a round counts from here, so that a round is like itself alone. */
#define NEW_THREADS	BIT(30)

static unsigned long seed;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "what is drawn is drawn of this");

static unsigned int round;
/* The thread that came last before the round. */
static u32 threads_before = U32_MAX;

static int begin_round(const char *value, const struct kernel_param *param)
{
	int ret = param_set_uint(value, param);

	if (ret)
		return ret;
	threads_before = idr_get_cursor(&init_pid_ns.idr);
	sites_forget_hits();
	return 0;
}

static const struct kernel_param_ops round_ops = {
	.set = begin_round,
	.get = param_get_uint,
};
module_param_cb(round, &round_ops, &round, 0644);
MODULE_PARM_DESC(round, "and of this, which is written where something begins anew");

u32 draw(enum drawn what, u32 first, u32 second, u32 third)
{
	struct {
		u64 seed;
		u32 round;
		u32 first;
		u32 second;
		u32 third;
	} words = {
		.seed = seed, .round = READ_ONCE(round),
		.first = first, .second = second, .third = third,
	};

	return jhash(&words, sizeof(words), what);
}

u32 this_thread(void)
{
	u32 before = READ_ONCE(threads_before);

	if (in_hardirq())
		return U32_MAX;
	if (in_serving_softirq())
		return U32_MAX - 1;
	return current->pid < before ? current->pid : NEW_THREADS + current->pid - before;
}
