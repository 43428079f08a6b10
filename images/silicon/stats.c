// SPDX-License-Identifier: GPL-2.0-only
/*
 * All counters, one per line as BLOCK.COUNTER VALUE, then what must hold between
 * them as BLOCK.check.NAME 1 or 0, then the sum of all that is wrong:
 *
 *   rga.accepted 200
 *   rga.violation.start_busy 0
 *   rga.check.balance 1
 *   violations 0
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "silicon.h"

static const char *const silicon_counter_names[SILICON_COUNTERS] = {
	[SILICON_ACCEPTED] = "accepted",
	[SILICON_COUNT_DONE] = "done",
	[SILICON_COUNT_FAILED] = "failed",
	[SILICON_COUNT_LOST] = "lost",
	[SILICON_COUNT_ABORTED] = "aborted",
	[SILICON_INTERRUPTS] = "interrupts",
	[SILICON_RETRIES] = "retries",
	[SILICON_INJECTED] = "injected",
	[SILICON_CLOCK_ENABLES] = "clock_enables",
	[SILICON_POWER_ONS] = "power_ons",
	[SILICON_RESETS] = "resets",
	[SILICON_POLLS] = "polls",
	[SILICON_START_BUSY] = "start_busy",
	[SILICON_START_UNPOWERED] = "start_unpowered",
	[SILICON_GATED_BUSY] = "gated_busy",
	[SILICON_POWERED_OFF_BUSY] = "powered_off_busy",
	[SILICON_BAD_JOB] = "bad_job",
	[SILICON_DMA_BAD] = "dma_bad",
	[SILICON_DMA_FREE] = "dma_free",
	[SILICON_DMA_UNOWNED] = "dma_unowned",
	[SILICON_STUCK_LINE] = "stuck_line",
};

void silicon_count(struct silicon_block *block, enum silicon_counter counter)
{
	atomic64_inc(&block->count[counter]);
	if (counter >= SILICON_VIOLATIONS)
		pr_warn_once("m2m_silicon: violation: %s %s (the first of them)\n",
			     block->ops->name, silicon_counter_names[counter]);
}

void silicon_discount(struct silicon_block *block, enum silicon_counter counter)
{
	atomic64_dec(&block->count[counter]);
}

static u64 silicon_counted(struct silicon_block *block, enum silicon_counter counter)
{
	return atomic64_read(&block->count[counter]);
}

/* Every accepted job has come to some end, or runs. */
static bool silicon_balanced(struct silicon_block *block)
{
	return silicon_counted(block, SILICON_ACCEPTED) ==
	       silicon_counted(block, SILICON_COUNT_DONE) +
	       silicon_counted(block, SILICON_COUNT_FAILED) +
	       silicon_counted(block, SILICON_COUNT_LOST) +
	       silicon_counted(block, SILICON_COUNT_ABORTED) + !!block->busy;
}

/* One enable per job; one more while the driver is about to start a job. */
static bool silicon_clock_counted(struct silicon_block *block)
{
	u64 jobs = silicon_counted(block, SILICON_ACCEPTED);
	u64 enables = silicon_counted(block, SILICON_CLOCK_ENABLES);

	return enables == jobs ||
	       (enables == jobs + 1 && silicon_clocked(block) && !block->busy);
}

static u64 silicon_check(struct seq_file *file, struct silicon_block *block, const char *name,
			 bool holds)
{
	seq_printf(file, "%s.check.%s %d\n", block->ops->name, name, holds);
	return !holds;
}

static u64 silicon_stats_block(struct seq_file *file, struct silicon_block *block)
{
	enum silicon_counter i;
	u64 wrong = 0;

	mutex_lock(&block->lock);
	for (i = 0; i < SILICON_COUNTERS; i++) {
		seq_printf(file, "%s.%s%s %llu\n", block->ops->name,
			   i < SILICON_VIOLATIONS ? "" : "violation.",
			   silicon_counter_names[i], silicon_counted(block, i));
		if (i >= SILICON_VIOLATIONS)
			wrong += silicon_counted(block, i);
	}
	wrong += silicon_check(file, block, "balance", silicon_balanced(block));
	if (block->ops->clock_per_job)
		wrong += silicon_check(file, block, "clock", silicon_clock_counted(block));
	mutex_unlock(&block->lock);
	return wrong;
}

static int silicon_stats_show(struct seq_file *file, void *v)
{
	struct silicon *silicon = file->private;
	unsigned int i;
	u64 wrong = 0;

	seq_printf(file, "# m2m_silicon-stats 1\nseed %lu\n", silicon_seed);
	for (i = 0; i < SILICON_BLOCKS_MAX; i++)
		if (silicon->block[i])
			wrong += silicon_stats_block(file, silicon->block[i]);
	seq_printf(file, "violations %llu\n", wrong);
	return 0;
}

DEFINE_SHOW_ATTRIBUTE(silicon_stats);

void silicon_stats_init(struct silicon *silicon, struct dentry *dir)
{
	debugfs_create_file("stats", 0444, dir, silicon, &silicon_stats_fops);
}
