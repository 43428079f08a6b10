/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_SILICON_H
#define M2M_SILICON_H

#include <linux/atomic.h>
#include <linux/clk-provider.h>
#include <linux/io.h>
#include <linux/mutex.h>
#include <linux/pm_domain.h>
#include <linux/types.h>

/* What may go wrong with one job; docs/guide/hardware.md says what each does. */
/* A doubled interrupt comes this long after the first, when the handler is through. */
#define SILICON_DOUBLE_NS	(30 * NSEC_PER_USEC)

enum silicon_fault {
	SILICON_FAULT_NONE,
	SILICON_FAULT_LOST,
	SILICON_FAULT_DOUBLE,
	SILICON_FAULT_STALE,
	SILICON_FAULT_ECHO,
	SILICON_FAULT_LATE,
	SILICON_FAULT_STRAY,
	SILICON_FAULT_ERROR,
	SILICON_FAULT_PARTIAL,
	SILICON_FAULT_AFTER,
	SILICON_FAULTS
};

/* When the data of a job reach memory. */
enum silicon_moment {
	SILICON_DATA_START,
	SILICON_DATA_HALF,
	SILICON_DATA_END,
	SILICON_DATA_ANY,
	SILICON_MOMENTS
};

enum silicon_outcome {
	SILICON_RUNNING,
	SILICON_DONE,
	SILICON_FAILED,
	SILICON_LOST,
	SILICON_ABORTED,
	SILICON_OUTCOMES
};

/* From SILICON_VIOLATIONS on, each is something a driver must not do. */
enum silicon_counter {
	SILICON_ACCEPTED,
	SILICON_COUNT_DONE,
	SILICON_COUNT_FAILED,
	SILICON_COUNT_LOST,
	SILICON_COUNT_ABORTED,
	SILICON_INTERRUPTS,
	SILICON_RETRIES,
	SILICON_INJECTED,
	SILICON_CLOCK_ENABLES,
	SILICON_POWER_ONS,
	SILICON_RESETS,
	SILICON_POLLS,
	SILICON_VIOLATIONS,
	SILICON_START_BUSY = SILICON_VIOLATIONS,
	SILICON_START_UNPOWERED,
	SILICON_GATED_BUSY,
	SILICON_POWERED_OFF_BUSY,
	SILICON_BAD_JOB,
	SILICON_DMA_BAD,
	SILICON_DMA_FREE,
	SILICON_DMA_UNOWNED,
	SILICON_STUCK_LINE,
	SILICON_COUNTERS
};

/* One line of the journal. Times are CLOCK_MONOTONIC in nanoseconds, 0 for never. */
struct silicon_record {
	u64 seq;
	const char *block;
	u32 number;
	enum silicon_fault fault;
	enum silicon_outcome outcome;
	unsigned int interrupts;
	u64 destination;
	u64 start;
	u64 data;
	u64 irq;
	u64 end;
};

enum silicon_action {
	SILICON_WORK,	/* the data reach memory */
	SILICON_FINISH,	/* status, then the interrupt: the block is free again */
	SILICON_LOSE,	/* the block is free again, and nobody is told */
	SILICON_REPEAT,	/* status and interrupt of a job that is over */
	SILICON_JOLT	/* an interrupt without any status */
};

struct silicon_step {
	enum silicon_action action;
	u64 at;
};

/* A withheld step waits until the next job of its block has begun. */
#define SILICON_WITHHELD	U64_MAX

#define SILICON_STEPS		4

struct silicon_job {
	struct silicon_record record;
	struct silicon_step step[SILICON_STEPS];
	unsigned int steps;
	unsigned int next;
	unsigned int attempts;
	u64 latency;
	/* Only half of the data are written. */
	bool half;
	/* The block reports an error. */
	bool error;
	/* The driver stopped the clock: the block must not touch memory any more. */
	bool cut;
	bool gated;
	/* Which interrupt of the block tells of it; accept() may choose. */
	unsigned int line;
	/* job_size bytes of the block. */
	void *data;
};

struct dentry;
struct device_node;
struct silicon_block;

/**
 * struct silicon_ops - what tells one hardware block from another
 * @name: in parameters, the journal and the statistics; the device tree node has
 *	it too, so the name of a device says which block it is
 * @compatible: of the device tree node that the driver binds to
 * @job_size: bytes that accept() keeps for work() and complete()
 * @clock_per_job: the driver enables the clock for each job and disables it
 *	after; registers are then looked at only while the clock runs
 * @reset: give the registers the values they have after power-on
 * @start: true if the driver has set the start bit, which is taken back
 * @stopped: true if the driver has told the running job to stop
 * @accept: copy all that the job needs out of registers and command buffers,
 *	and set the job's destination; an error makes the job fail
 * @work: read sources, write destinations; stop early at silicon_cut()
 * @complete: put the status of a job into the registers; called only while no
 *	interrupt of the block is pending or being handled
 * @asserted: of a block with interrupts that are levels: true until the driver has
 *	taken note of what the interrupt tells
 * @reads: the driver is about to read a register; gives it the value that is due
 * @wrote: the driver has written a register; true if that was a start or a stop
 *
 * All run in the engine's thread with the lock of the block held, except
 * reset(), which also runs in power and reset callbacks with the same lock,
 * stopped(), which also runs in atomic context, and reads() and wrote(), which run
 * where the driver is, without the lock, and only if the kernel tells of accesses
 * (watch.c). A block must work without these two, for a driver that waits for no
 * register, if less promptly.
 */
struct silicon_ops {
	const char *name;
	const char *compatible;
	size_t job_size;
	bool clock_per_job;
	void (*reset)(struct silicon_block *block);
	bool (*start)(struct silicon_block *block);
	bool (*stopped)(struct silicon_block *block);
	int (*accept)(struct silicon_block *block, struct silicon_job *job);
	void (*work)(struct silicon_block *block, struct silicon_job *job);
	void (*complete)(struct silicon_block *block, struct silicon_job *job);
	bool (*asserted)(struct silicon_block *block, unsigned int line);
	void (*reads)(struct silicon_block *block, unsigned int window, u32 offset);
	bool (*wrote)(struct silicon_block *block, unsigned int window, u32 offset, u32 value);
};

/* Of a block at most; each in the order of the device tree node. */
#define SILICON_WINDOWS		4
#define SILICON_LINES		4
#define SILICON_CLOCKS		4

/* Registers that are next to each other. */
struct silicon_window {
	phys_addr_t start;
	resource_size_t size;
	void __iomem *regs;
};

struct silicon_clock {
	struct clk_hw hw;
	struct silicon_block *block;
	unsigned int number;
};

/* One job runs; the others are over but still owe an interrupt or data. */
#define SILICON_JOBS		8

struct silicon_block {
	const struct silicon_ops *ops;
	/* Of all blocks, for what devices have in common. */
	struct device *dev;
	/* Of the device that the driver binds to. */
	struct device_node *node;
	/* The cell of its power domain and clock; see the overlay. */
	u32 id;
	struct silicon_window window[SILICON_WINDOWS];
	unsigned int windows;
	unsigned int irq[SILICON_LINES];
	unsigned int lines;
	/* Its interrupts are levels. */
	bool level;
	/* What the driver does to its registers is told, and need not be looked for. */
	bool told;
	struct generic_pm_domain domain;
	struct silicon_clock clock[SILICON_CLOCKS];
	/* A bit for each clock that the node has, and for each that runs. */
	unsigned int clocks;
	atomic_t clocked;
	/* Look at the registers now. */
	atomic_t rung;
	/* Until it is refused to wake the block, once; 0: never. */
	atomic_t refuse;

	u32 latency_min;
	u32 latency_max;
	enum silicon_moment moment;

	/* Of what follows. */
	struct mutex lock;
	bool powered;
	u32 jobs;
	struct silicon_job *busy;
	struct silicon_job job[SILICON_JOBS];
	u64 poll_at;
	u64 poll_period;
	/* How often a level has been looked at since the driver last took note. */
	unsigned int held;

	atomic64_t count[SILICON_COUNTERS];
};

#define SILICON_BLOCKS_MAX	8

struct silicon {
	struct device *dev;
	/* By id; there may be holes. */
	struct silicon_block *block[SILICON_BLOCKS_MAX];
};

static inline u32 silicon_read(struct silicon_block *block, u32 offset)
{
	return readl(block->window[0].regs + offset);
}

static inline void silicon_write(struct silicon_block *block, u32 offset, u32 value)
{
	writel(value, block->window[0].regs + offset);
}

/* The same in any window of the block, from 0. */
static inline u32 silicon_read_in(struct silicon_block *block, unsigned int window, u32 offset)
{
	return readl(block->window[window].regs + offset);
}

static inline void silicon_write_in(struct silicon_block *block, unsigned int window, u32 offset,
				    u32 value)
{
	writel(value, block->window[window].regs + offset);
}

/* Change bits of a register that the driver may write at the same time. */
static inline void silicon_modify(struct silicon_block *block, u32 offset, u32 clear, u32 set)
{
	u32 *reg = (u32 __force *)(block->window[0].regs + offset);
	u32 old = READ_ONCE(*reg);

	while (!try_cmpxchg(reg, &old, (old & ~clear) | set))
		;
}

/* All its clocks run. */
static inline bool silicon_clocked(const struct silicon_block *block)
{
	return (atomic_read(&block->clocked) & block->clocks) == block->clocks;
}

static inline bool silicon_cut(const struct silicon_job *job)
{
	/* Pairs with the release where the clock stops: what was noted before is seen. */
	return smp_load_acquire(&job->cut);
}

/* blocks.c: every kind of block there is, silicon_NAME in NAME_block.c */
extern const struct silicon_ops *const silicon_kinds[];
extern const unsigned int silicon_kind_count;

/* engine.c: the one thread in which hardware happens */
int silicon_engine_start(struct silicon *silicon);
void silicon_engine_stop(void);
void silicon_engine_ring(struct silicon_block *block);

/* block.c: the state machine */
u64 silicon_block_step(struct silicon_block *block);
void silicon_block_power(struct silicon_block *block, bool on);
void silicon_block_reset(struct silicon_block *block);

/* script.c: what a job will do, and when */
void silicon_script(struct silicon_block *block, struct silicon_job *job);

/* settings.c: module parameters */
int silicon_settings_init(void);
void silicon_settings_apply(struct silicon_block *block);
enum silicon_fault silicon_fault_of(const char *block, u32 number);
extern const char *const silicon_fault_names[];
extern unsigned int silicon_late_us, silicon_after_us;
extern unsigned int silicon_poll_us, silicon_poll_max_us;
extern unsigned long silicon_seed;

/* chance.c: numbers that follow from the seed */
enum silicon_purpose { SILICON_FOR_LATENCY = 1, SILICON_FOR_DATA, SILICON_FOR_JOLT };
u64 silicon_mix(u64 word);
u64 silicon_chance(const struct silicon_block *block, u32 number,
		   enum silicon_purpose purpose, u64 below);

/* line.c: the one place that raises interrupts */
bool silicon_line_free(const struct silicon_block *block);
void silicon_line_raise(struct silicon_block *block, unsigned int line);
bool silicon_line_hold(struct silicon_block *block);
void silicon_line_clear(const struct silicon_block *block);

/* power.c, clock.c, reset.c: what the drivers' device tree nodes refer to */
int silicon_power_init(struct silicon *silicon);
int silicon_clock_init(struct silicon *silicon);
int silicon_reset_init(struct silicon *silicon);

/* refusal.c: hardware that does not wake */
void silicon_refusal_init(struct silicon *silicon, struct dentry *dir);
int silicon_refusal(struct silicon_block *block);

/* watch.c: what drivers do to registers, where the kernel tells */
int silicon_watch_init(struct silicon *silicon);

/* memory.c: DMA */
void *silicon_dma(struct silicon_block *block, u64 addr, size_t *left);
size_t silicon_dma_read(struct silicon_block *block, u64 addr, void *to, size_t size);
size_t silicon_dma_write(struct silicon_block *block, u64 addr, const void *from, size_t size);

/* sum.c: what tells one piece of memory from another */
u64 silicon_dma_sum(struct silicon_block *block, struct silicon_job *job, u64 addr, u32 bytes);

/* journal.c: all jobs, in debugfs */
int silicon_journal_init(struct dentry *dir);
void silicon_journal_add(struct silicon_job *job);
void silicon_journal_update(const struct silicon_job *job);

/* stats.c: all counters, in debugfs */
void silicon_stats_init(struct silicon *silicon, struct dentry *dir);
void silicon_count(struct silicon_block *block, enum silicon_counter counter);

#endif
