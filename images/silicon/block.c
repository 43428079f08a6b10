// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state machine of a block:
 *
 *   off --power--> idle --start bit--> running --finish or lose--> idle
 *
 * Loss of power, a reset, and the driver stopping the job lead back from
 * running. A job that is over may still owe something: an interrupt repeated or
 * withheld, or data that come too late. It keeps its place until that is done.
 */
#include <linux/ktime.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>

#include "silicon.h"

/* How soon to look again at an interrupt that is still being handled. */
#define SILICON_RETRY_NS	(20 * NSEC_PER_USEC)
/* After this many looks nobody will ever handle it. */
#define SILICON_ATTEMPTS	5000
/* While a job runs there is little to see: the driver may stop or restart it. */
#define SILICON_BUSY_POLLS	10

static bool silicon_job_over(const struct silicon_job *job)
{
	return job->next == job->steps;
}

/* The job leaves the hardware, which can take the next one. */
static void silicon_job_leave(struct silicon_block *block, struct silicon_job *job,
			      enum silicon_outcome outcome, enum silicon_counter counter)
{
	job->record.outcome = outcome;
	job->record.end = ktime_get_ns();
	WRITE_ONCE(block->busy, NULL);
	silicon_count(block, counter);
}

static void silicon_job_abort(struct silicon_block *block)
{
	struct silicon_job *job = block->busy;

	silicon_job_leave(block, job, SILICON_ABORTED, SILICON_COUNT_ABORTED);
	job->next = job->steps;
	silicon_journal_update(job);
}

static void silicon_job_interrupt(struct silicon_block *block, struct silicon_job *job)
{
	job->record.interrupts++;
	job->record.irq = ktime_get_ns();
	silicon_journal_update(job);
	silicon_line_raise(block, job->line);
}

/* False: the interrupt line is occupied, try again later. */
static bool silicon_job_act(struct silicon_block *block, struct silicon_job *job,
			    enum silicon_action action)
{
	if (action != SILICON_WORK && action != SILICON_LOSE && !silicon_line_free(block))
		return false;

	switch (action) {
	case SILICON_WORK:
		block->ops->work(block, job);
		job->record.data = ktime_get_ns();
		silicon_journal_update(job);
		break;
	case SILICON_FINISH:
		block->ops->complete(block, job);
		if (job->error)
			silicon_job_leave(block, job, SILICON_FAILED, SILICON_COUNT_FAILED);
		else
			silicon_job_leave(block, job, SILICON_DONE, SILICON_COUNT_DONE);
		silicon_job_interrupt(block, job);
		break;
	case SILICON_LOSE:
		silicon_job_leave(block, job, SILICON_LOST, SILICON_COUNT_LOST);
		silicon_journal_update(job);
		break;
	case SILICON_REPEAT:
		block->ops->complete(block, job);
		silicon_job_interrupt(block, job);
		break;
	case SILICON_JOLT:
		silicon_job_interrupt(block, job);
		break;
	}
	return true;
}

/*
 * The interrupt line is occupied: true if it is worth waiting for it. Nobody
 * handles an interrupt whose handler is gone.
 */
static bool silicon_job_retry(struct silicon_block *block, struct silicon_job *job,
			      struct silicon_step *step)
{
	if (++job->attempts <= SILICON_ATTEMPTS) {
		silicon_count(block, SILICON_RETRIES);
		step->at = ktime_get_ns() + SILICON_RETRY_NS;
		return true;
	}
	silicon_count(block, SILICON_STUCK_LINE);
	if (job == block->busy)
		silicon_job_abort(block);
	job->next = job->steps;
	return false;
}

/* The next thing that the job does is to complete once more. */
static bool silicon_doubles(const struct silicon_job *job)
{
	return !silicon_job_over(job) && job->record.fault == SILICON_FAULT_DOUBLE &&
	       job->step[job->next].action == SILICON_REPEAT;
}

static bool silicon_job_due(const struct silicon_job *job)
{
	return !silicon_job_over(job) && job->step[job->next].at <= ktime_get_ns();
}

/* Returns when the job wants to be looked at again. */
static u64 silicon_job_step(struct silicon_block *block, struct silicon_job *job)
{
	struct silicon_step *step;

	while (!silicon_job_over(job)) {
		step = &job->step[job->next];
		/* Twice, and not while the next job runs: that would be an echo. */
		if (silicon_doubles(job) && block->busy)
			step->at = max(step->at, ktime_get_ns() + SILICON_DOUBLE_NS);
		if (step->at > ktime_get_ns())
			return step->at;
		if (!silicon_job_act(block, job, step->action)) {
			if (silicon_job_retry(block, job, step))
				return step->at;
			break;
		}
		job->attempts = 0;
		job->next++;
	}
	return U64_MAX;
}

static void silicon_release_withheld(struct silicon_block *block, u64 at)
{
	struct silicon_job *job;
	unsigned int i;

	for (i = 0; i < SILICON_JOBS; i++) {
		job = &block->job[i];
		if (!silicon_job_over(job) && job->step[job->next].at == SILICON_WITHHELD)
			job->step[job->next].at = at;
	}
}

static void silicon_job_begin(struct silicon_block *block, struct silicon_job *job)
{
	void *data = job->data;

	memset(job, 0, sizeof(*job));
	memset(data, 0, block->ops->job_size);
	job->data = data;
	job->record.block = block->ops->name;
	job->record.number = block->jobs++;
	job->record.start = ktime_get_ns();
	silicon_count(block, SILICON_ACCEPTED);
	job->record.fault = silicon_fault_of(block->ops->name, job->record.number);
	if (job->record.fault != SILICON_FAULT_NONE)
		silicon_count(block, SILICON_INJECTED);
	if (block->ops->accept(block, job)) {
		silicon_count(block, SILICON_BAD_JOB);
		job->error = true;
	}
	silicon_script(block, job);
	silicon_release_withheld(block, job->record.start + job->latency / 4);
	silicon_journal_add(job);
	WRITE_ONCE(block->busy, job);
}

static void silicon_poll(struct silicon_block *block)
{
	struct silicon_job *job = &block->job[block->jobs % SILICON_JOBS];

	silicon_count(block, SILICON_POLLS);
	if (block->busy && block->ops->stopped(block))
		silicon_job_abort(block);
	/* All places taken by jobs that still owe something: keep the driver waiting. */
	if (!silicon_job_over(job) || !block->ops->start(block))
		return;
	if (block->busy) {
		silicon_count(block, SILICON_START_BUSY);
		silicon_job_abort(block);
	}
	silicon_job_begin(block, job);
	block->poll_period = 0;
}

/* The longer nothing has begun or ended, the less often one looks. */
static u64 silicon_poll_period(const struct silicon_block *block)
{
	u64 shortest = silicon_poll_us * NSEC_PER_USEC;
	u64 longest = silicon_poll_max_us * NSEC_PER_USEC;
	u64 busy = min(longest, SILICON_BUSY_POLLS * shortest);

	if (block->told)
		return longest;
	if (block->busy)
		return clamp(2 * block->poll_period, busy, longest);
	return clamp(block->poll_period + block->poll_period / 8, shortest, longest);
}

/* Looks at the registers if it is time to; returns when to look next. */
static u64 silicon_block_poll(struct silicon_block *block)
{
	if (block->busy && silicon_cut(block->busy)) {
		if (block->busy->gated)
			silicon_count(block, SILICON_GATED_BUSY);
		silicon_job_abort(block);
	}
	if (atomic_xchg(&block->rung, 0)) {
		block->poll_at = 0;
		block->poll_period = 0;
	}
	if (!silicon_clocked(block))
		return U64_MAX;
	if (block->poll_at > ktime_get_ns())
		return block->poll_at;
	silicon_poll(block);
	block->poll_period = silicon_poll_period(block);
	block->poll_at = ktime_get_ns() + block->poll_period;
	return block->poll_at;
}

/* Keeps up the interrupts that are levels; returns when to see to them again. */
static u64 silicon_block_hold(struct silicon_block *block)
{
	if (!block->level || !silicon_clocked(block) || !silicon_line_hold(block)) {
		block->held = 0;
		return U64_MAX;
	}
	if (block->held > SILICON_ATTEMPTS)
		return U64_MAX;
	if (++block->held > SILICON_ATTEMPTS)
		silicon_count(block, SILICON_STUCK_LINE);
	return ktime_get_ns() + SILICON_RETRY_NS;
}

/* Does what is due; returns when something will be. */
u64 silicon_block_step(struct silicon_block *block)
{
	struct silicon_job *busy;
	u64 next = U64_MAX;
	unsigned int i;

	mutex_lock(&block->lock);
	if (block->powered) {
		/* Whether there is a next job must be known now. */
		for (i = 0; i < SILICON_JOBS; i++)
			if (silicon_doubles(&block->job[i]))
				block->poll_at = 0;
		/* What the running job is about to do it must not if the driver has stopped it. */
		if (block->busy && silicon_job_due(block->busy))
			block->poll_at = 0;
		next = silicon_block_poll(block);
		busy = block->busy;
		for (i = 0; i < SILICON_JOBS; i++)
			next = min(next, silicon_job_step(block, &block->job[i]));
		/* A driver that gets an interrupt is likely to start again soon. */
		if (busy && !block->busy && !block->told) {
			block->poll_period = 0;
			block->poll_at = ktime_get_ns() + silicon_poll_us * NSEC_PER_USEC;
			next = min(next, block->poll_at);
		}
		next = min(next, silicon_block_hold(block));
	}
	mutex_unlock(&block->lock);
	return next;
}

static void silicon_block_clear(struct silicon_block *block)
{
	unsigned int i;

	for (i = 0; i < block->windows; i++)
		memset_io(block->window[i].regs, 0, block->window[i].size);
}

/* Everything that the block was doing, or still owed, is forgotten. */
static void silicon_block_forget(struct silicon_block *block)
{
	unsigned int i;

	lockdep_assert_held(&block->lock);
	if (block->busy)
		silicon_job_abort(block);
	for (i = 0; i < SILICON_JOBS; i++)
		block->job[i].next = block->job[i].steps;
	silicon_line_clear(block);
}

void silicon_block_power(struct silicon_block *block, bool on)
{
	mutex_lock(&block->lock);
	if (on) {
		silicon_count(block, SILICON_POWER_ONS);
		if (block->ops->start(block))
			silicon_count(block, SILICON_START_UNPOWERED);
	} else {
		if (block->busy)
			silicon_count(block, SILICON_POWERED_OFF_BUSY);
		silicon_block_forget(block);
	}
	silicon_block_clear(block);
	if (on)
		block->ops->reset(block);
	block->powered = on;
	mutex_unlock(&block->lock);
	silicon_engine_ring(block);
}

void silicon_block_reset(struct silicon_block *block)
{
	mutex_lock(&block->lock);
	silicon_count(block, SILICON_RESETS);
	silicon_block_forget(block);
	if (block->powered) {
		silicon_block_clear(block);
		block->ops->reset(block);
	}
	mutex_unlock(&block->lock);
}
