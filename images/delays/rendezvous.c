// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/processor.h>
#include <linux/seq_file.h>

#include "draw.h"
#include "pairs.h"
#include "rendezvous.h"
#include "ticks.h"

/* Of the places, and the pairs of a lock or of none, one in so many counts in a round. */
#define PLACES		4
#define LOCKED		2
#define FREE		8

/* Who goes ahead has so many microseconds at most before the other follows. */
#define AHEAD		30

enum { NOBODY, PREPARING, WAITING, MET_GO, MET_STAY };

/* Who is held on a CPU: it spins, so there is no second one. */
struct seat {
	atomic_t state;
	u32 site;
	u32 thread;
	const void *lock;
	u32 stay;
};

static DEFINE_PER_CPU(struct seat, seats);
static atomic_long_t met_count, missed_count;

/* Whether the pair is one that is tried in this round. */
static bool partners(const struct seat *seat, u32 site, u32 thread, const void *lock)
{
	u32 low = min(seat->site, site), high = max(seat->site, site);

	if (seat->thread == thread)
		return false;
	return !(draw(DRAW_PARTNER, low, high, 0) % (lock && lock == seat->lock ? LOCKED : FREE));
}

/* Whether they met: one of both goes ahead, and the other waits a little more. */
static bool met(struct seat *seat, u32 site, u32 hit, struct hold *hold)
{
	u32 ahead = 1 + draw(DRAW_AHEAD, seat->site, site, hit) % AHEAD;
	/* Who interrupts the other goes ahead in any case. */
	bool comer = seat == this_cpu_ptr(&seats) || draw(DRAW_ORDER, seat->site, site, hit) & 1;

	if (atomic_cmpxchg(&seat->state, WAITING, PREPARING) != WAITING)
		return false;
	seat->stay = ahead;
	atomic_set_release(&seat->state, comer ? MET_STAY : MET_GO);
	if (!comer)
		hold->microseconds = ahead;
	atomic_long_inc(&met_count);
	return true;
}

struct hold rendezvous_draw(u32 site, u32 thread, u32 hit, const void *lock,
			    unsigned int one_in)
{
	struct hold hold = { 0 };
	struct seat *seat;
	int cpu;

	for_each_possible_cpu(cpu) {
		seat = per_cpu_ptr(&seats, cpu);
		if (atomic_read_acquire(&seat->state) != WAITING)
			continue;
		if (partners(seat, site, thread, lock) && met(seat, site, hit, &hold))
			return hold;
	}
	if (!pairs_have(site) || draw(DRAW_PLACE, site, 0, 0) % PLACES ||
	    draw(DRAW_DELAY, site, thread, hit) % DIV_ROUND_UP(one_in, PLACES))
		return hold;
	seat = this_cpu_ptr(&seats);
	/* An interrupt of who is held. */
	if (atomic_cmpxchg(&seat->state, NOBODY, PREPARING) != NOBODY)
		return hold;
	seat->site = site;
	seat->thread = thread;
	seat->lock = lock;
	atomic_set_release(&seat->state, WAITING);
	hold.seat = seat;
	return hold;
}

u32 rendezvous_keep(struct seat *seat, unsigned int usec)
{
	u64 begin = get_cycles(), ticks = ticks_of(usec);
	u32 stay = 0;
	int state;

	while (atomic_read(&seat->state) == WAITING && get_cycles() - begin < ticks)
		cpu_relax();
	if (atomic_cmpxchg(&seat->state, WAITING, NOBODY) == WAITING) {
		atomic_long_inc(&missed_count);
		return 0;
	}
	do {
		state = atomic_read_acquire(&seat->state);
	} while (state == PREPARING);
	if (state == MET_STAY)
		stay = seat->stay;
	atomic_set_release(&seat->state, NOBODY);
	return stay;
}

void rendezvous_show(struct seq_file *to)
{
	seq_printf(to, "met=%lu missed=%lu\n", atomic_long_read(&met_count),
		   atomic_long_read(&missed_count));
}
