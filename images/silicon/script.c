// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a job will do, and when: at most four steps in the order of time, written
 * when the job begins. A fault is another script, not another path through the
 * state machine.
 */
#include <linux/time64.h>

#include "silicon.h"

static void silicon_add(struct silicon_job *job, enum silicon_action action, u64 at)
{
	job->step[job->steps++] = (struct silicon_step){ .action = action, .at = at };
}

static u64 silicon_latency(const struct silicon_block *block, const struct silicon_job *job)
{
	u64 span = block->latency_max - block->latency_min;

	if (job->record.fault == SILICON_FAULT_LATE)
		return silicon_late_us * NSEC_PER_USEC;
	return block->latency_min * NSEC_PER_USEC +
	       silicon_chance(block, job->record.number, SILICON_FOR_LATENCY,
			      span * NSEC_PER_USEC + 1);
}

/* From the start of the job to the moment its data begin to reach memory. */
static u64 silicon_data_delay(const struct silicon_block *block, const struct silicon_job *job)
{
	switch (block->moment) {
	case SILICON_DATA_START:
		return 0;
	case SILICON_DATA_HALF:
		return job->latency / 2;
	case SILICON_DATA_ANY:
		return silicon_chance(block, job->record.number, SILICON_FOR_DATA,
				      job->latency + 1);
	default:
		return job->latency;
	}
}

void silicon_script(struct silicon_block *block, struct silicon_job *job)
{
	u64 start = job->record.start;
	u64 data, end;

	job->latency = silicon_latency(block, job);
	end = start + job->latency;
	data = start + silicon_data_delay(block, job);
	if (job->error) {
		/* What it was asked to do makes no sense: nothing to write. */
		silicon_add(job, SILICON_FINISH, end);
		return;
	}

	switch (job->record.fault) {
	case SILICON_FAULT_LOST:
		silicon_add(job, SILICON_WORK, data);
		silicon_add(job, SILICON_LOSE, end);
		break;
	case SILICON_FAULT_STALE:
		silicon_add(job, SILICON_WORK, data);
		silicon_add(job, SILICON_LOSE, end);
		silicon_add(job, SILICON_REPEAT, SILICON_WITHHELD);
		break;
	case SILICON_FAULT_DOUBLE:
		silicon_add(job, SILICON_WORK, data);
		silicon_add(job, SILICON_FINISH, end);
		silicon_add(job, SILICON_REPEAT, end + SILICON_DOUBLE_NS);
		break;
	case SILICON_FAULT_ECHO:
		silicon_add(job, SILICON_WORK, data);
		silicon_add(job, SILICON_FINISH, end);
		silicon_add(job, SILICON_REPEAT, SILICON_WITHHELD);
		break;
	case SILICON_FAULT_STRAY:
		silicon_add(job, SILICON_JOLT, start + job->latency / 4 +
			    silicon_chance(block, job->record.number, SILICON_FOR_JOLT,
					   job->latency / 2 + 1));
		silicon_add(job, SILICON_WORK, end);
		silicon_add(job, SILICON_FINISH, end);
		break;
	case SILICON_FAULT_AFTER:
		silicon_add(job, SILICON_FINISH, end);
		silicon_add(job, SILICON_WORK, end + silicon_after_us * NSEC_PER_USEC);
		break;
	default:
		job->error = job->record.fault == SILICON_FAULT_ERROR;
		job->half = job->error || job->record.fault == SILICON_FAULT_PARTIAL;
		silicon_add(job, SILICON_WORK, data);
		silicon_add(job, SILICON_FINISH, end);
		break;
	}
}
