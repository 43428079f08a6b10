// SPDX-License-Identifier: GPL-2.0-only
/*
 * All jobs, oldest first, one line each:
 *
 *   # m2m_silicon-jobs 1
 *   # seq block job destination start data irq end interrupts fault outcome
 *   0 rga 0 0x44d00000 1754311180 1754820012 1754820876 1754820512 1 none done
 *
 * seq counts the jobs of all blocks, job those of one block, both from 0. Times
 * are CLOCK_MONOTONIC in nanoseconds: the start was seen, the last byte was
 * written, the (last) interrupt was raised, the block was free again. Never is 0.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/vmalloc.h>

#include "silicon.h"

static unsigned int journal_size = 32768;
module_param_named(journal, journal_size, uint, 0444);
MODULE_PARM_DESC(journal, "how many jobs are remembered");

static const char *const silicon_outcome_names[SILICON_OUTCOMES] = {
	[SILICON_RUNNING] = "running",
	[SILICON_DONE] = "done",
	[SILICON_FAILED] = "failed",
	[SILICON_LOST] = "lost",
	[SILICON_ABORTED] = "aborted",
};

static DEFINE_MUTEX(silicon_journal_lock);
static struct silicon_record *silicon_journal;
static u64 silicon_journal_next;

void silicon_journal_add(struct silicon_job *job)
{
	mutex_lock(&silicon_journal_lock);
	job->record.seq = silicon_journal_next++;
	silicon_journal[job->record.seq % journal_size] = job->record;
	mutex_unlock(&silicon_journal_lock);
}

/* A job that has been forgotten stays so. */
void silicon_journal_update(const struct silicon_job *job)
{
	struct silicon_record *record;

	mutex_lock(&silicon_journal_lock);
	record = &silicon_journal[job->record.seq % journal_size];
	if (record->seq == job->record.seq)
		*record = job->record;
	mutex_unlock(&silicon_journal_lock);
}

static u64 silicon_journal_first(void)
{
	return silicon_journal_next > journal_size ? silicon_journal_next - journal_size : 0;
}

/* Position 0 is the heading, position n the job with seq n - 1. */
static void *silicon_journal_start(struct seq_file *file, loff_t *pos)
{
	mutex_lock(&silicon_journal_lock);
	if (!*pos)
		return SEQ_START_TOKEN;
	*pos = max_t(loff_t, *pos, silicon_journal_first() + 1);
	if (*pos > silicon_journal_next)
		return NULL;
	return &silicon_journal[(*pos - 1) % journal_size];
}

static void *silicon_journal_step(struct seq_file *file, void *v, loff_t *pos)
{
	++*pos;
	*pos = max_t(loff_t, *pos, silicon_journal_first() + 1);
	if (*pos > silicon_journal_next)
		return NULL;
	return &silicon_journal[(*pos - 1) % journal_size];
}

static void silicon_journal_stop(struct seq_file *file, void *v)
{
	mutex_unlock(&silicon_journal_lock);
}

static int silicon_journal_show(struct seq_file *file, void *v)
{
	const struct silicon_record *record = v;

	if (v == SEQ_START_TOKEN) {
		seq_puts(file, "# m2m_silicon-jobs 1\n# seq block job destination");
		seq_puts(file, " start data irq end interrupts fault outcome\n");
		return 0;
	}
	seq_printf(file, "%llu %s %u 0x%llx %llu %llu %llu %llu %u %s %s\n",
		   record->seq, record->block, record->number, record->destination,
		   record->start, record->data, record->irq, record->end, record->interrupts,
		   silicon_fault_names[record->fault], silicon_outcome_names[record->outcome]);
	return 0;
}

static const struct seq_operations silicon_journal_sops = {
	.start = silicon_journal_start,
	.next = silicon_journal_step,
	.stop = silicon_journal_stop,
	.show = silicon_journal_show,
};

DEFINE_SEQ_ATTRIBUTE(silicon_journal);

int silicon_journal_init(struct dentry *dir)
{
	if (!journal_size)
		return -EINVAL;
	silicon_journal = vcalloc(journal_size, sizeof(*silicon_journal));
	if (!silicon_journal)
		return -ENOMEM;
	debugfs_create_file("jobs", 0444, dir, NULL, &silicon_journal_fops);
	return 0;
}
