// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/hash.h>
#include <linux/minmax.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "pairs.h"
#include "ticks.h"

#define PAIR_BITS	15
#define PAIRS		BIT(PAIR_BITS)
#define LOCK_BITS	10
#define LOCKS		BIT(LOCK_BITS)
#define PLACE_BITS	16
#define PLACES		BIT(PLACE_BITS)

/* So many visits of one lock are remembered. */
#define VISITS		4

/* So many places are looked at before there is said to be no room. */
#define NEAR		16

/* Microseconds between two visits that make a pair: of one lock, and of any. */
#define SAME_LOCK	1000
#define ANY_LOCK	50

enum { FORTH = BIT(0), BACK = BIT(1), BOTH = FORTH | BACK, LOCKED = BIT(2) };

/* Two sites, the lesser number first. Others may write at once: what that spoils is a pair. */
struct pair {
	u64 key;
	u32 seen;
};

struct visit {
	u32 site;
	u32 thread;
	u64 ticks;
};

struct visits {
	const void *lock;
	u32 next;
	struct visit visit[VISITS];
};

static struct pair *pair_table;
static struct visits *lock_table;
static struct visits anywhere;
static unsigned long *paired;
static atomic_t lost_count;
static u64 same_lock, any_lock;

int pairs_begin(void)
{
	same_lock = ticks_of(SAME_LOCK);
	any_lock = ticks_of(ANY_LOCK);
	pair_table = vcalloc(PAIRS, sizeof(*pair_table));
	lock_table = vcalloc(LOCKS, sizeof(*lock_table));
	paired = bitmap_zalloc(PLACES, GFP_KERNEL);
	if (pair_table && lock_table && paired)
		return 0;
	pairs_end();
	return -ENOMEM;
}

void pairs_end(void)
{
	vfree(pair_table);
	vfree(lock_table);
	bitmap_free(paired);
}

static struct pair *find(u32 first, u32 second)
{
	u64 old, key = (u64)min(first, second) << 32 | max(first, second);
	u32 at = hash_64(key, PAIR_BITS);
	unsigned int i;

	for (i = 0; i < NEAR; i++, at = (at + 1) % PAIRS) {
		old = cmpxchg64(&pair_table[at].key, 0, key);
		if (!old || old == key)
			return &pair_table[at];
	}
	atomic_inc(&lost_count);
	return NULL;
}

static void see(u32 first, u32 second, u32 how)
{
	struct pair *pair = find(first, second);

	if (!pair)
		return;
	how |= first <= second ? FORTH : BACK;
	/* Two at one site are in no order. */
	if (first == second)
		how |= BOTH;
	WRITE_ONCE(pair->seen, READ_ONCE(pair->seen) | how);
	set_bit(first % PLACES, paired);
	set_bit(second % PLACES, paired);
}

static void visit(struct visits *visits, struct visit now, u64 within, u32 how)
{
	const struct visit *before;
	unsigned int i;

	for (i = 0; i < VISITS; i++) {
		before = &visits->visit[i];
		if (before->site && before->thread != now.thread &&
		    now.ticks - before->ticks < within)
			see(before->site, now.site, how);
	}
	visits->visit[visits->next++ % VISITS] = now;
}

void pairs_visit(u32 site, u32 thread, const void *lock, u64 ticks)
{
	struct visits *of_lock = &lock_table[hash_ptr(lock, LOCK_BITS)];
	struct visit now = { .site = site, .thread = thread, .ticks = ticks };

	visit(&anywhere, now, any_lock, 0);
	if (!lock)
		return;
	/* The last lock stays. */
	if (of_lock->lock != lock)
		*of_lock = (struct visits){ .lock = lock };
	visit(of_lock, now, same_lock, LOCKED);
}

bool pairs_have(u32 site)
{
	return test_bit(site % PLACES, paired);
}

void pairs_show(struct seq_file *to)
{
	static const char * const orders[] = {
		[FORTH] = "forth", [BACK] = "back", [BOTH] = "both",
	};
	unsigned int i, all = 0, locked = 0, both = 0;
	const struct pair *pair;

	for (i = 0; i < PAIRS; i++) {
		all += !!pair_table[i].key;
		if (!(pair_table[i].seen & LOCKED))
			continue;
		locked++;
		both += (pair_table[i].seen & BOTH) == BOTH;
	}
	seq_printf(to, "pairs=%u both=%u one=%u near=%u lost-pairs=%u\n", locked, both,
		   locked - both, all - locked, atomic_read(&lost_count));
	for (i = 0; i < PAIRS; i++) {
		pair = &pair_table[i];
		if (pair->seen & LOCKED)
			seq_printf(to, "pair %016llx %s\n", pair->key,
				   orders[pair->seen & BOTH]);
	}
}
