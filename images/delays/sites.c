// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/kallsyms.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "sites.h"

#define SITE_BITS	14
#define SITES		BIT(SITE_BITS)
#define HIT_BITS	16
#define HITS		BIT(HIT_BITS)

/* How the rig's modules begin. */
#define RIG		"m2m_"

/* So many places are looked at before there is said to be no room. */
#define NEAR		16

/* How often new addresses are looked up. */
#define PERIOD		msecs_to_jiffies(10)

enum known { UNKNOWN, FOREIGN, UNDER_TEST };

/* An address that somebody came to; its number counts if it is of code under test. */
struct site {
	unsigned long address;
	u32 number;
	enum known known;
};

/* A thread at a site. */
struct hit {
	u64 key;
	u32 count;
};

static struct site *site_table;
static struct hit *hit_table;
static const char *site_functions;
static unsigned int site_count;
static atomic_t new_count;
static atomic_t lost_count;

static void look_up(struct work_struct *work);
static DECLARE_DELAYED_WORK(look_up_work, look_up);

int sites_begin(const char *functions)
{
	site_functions = functions;
	site_table = vcalloc(SITES, sizeof(*site_table));
	hit_table = vcalloc(HITS, sizeof(*hit_table));
	if (!site_table || !hit_table) {
		vfree(site_table);
		vfree(hit_table);
		return -ENOMEM;
	}
	schedule_delayed_work(&look_up_work, PERIOD);
	return 0;
}

void sites_end(void)
{
	cancel_delayed_work_sync(&look_up_work);
	vfree(site_table);
	vfree(hit_table);
}

/* Whether @name begins like one of the words of @list. */
static bool listed(const char *list, const char *name)
{
	size_t size;

	while (*list) {
		size = strcspn(list, ",");
		if (size && !strncmp(list, name, size))
			return true;
		list += size + !!list[size];
	}
	return false;
}

/* "function+0x10/0x20 [module]", and nothing in brackets of what is built in. */
static void know(struct site *site, const char *name)
{
	const char *module = strchr(name, '[');
	bool ours = module ? strncmp(module + 1, RIG, strlen(RIG)) : listed(site_functions, name);

	site->number = jhash(name, strcspn(name, "/"), 0) | 1;
	site_count += ours;
	/* Whoever sees this sees the number. */
	smp_store_release(&site->known, ours ? UNDER_TEST : FOREIGN);
}

static void look_up(struct work_struct *work)
{
	static char name[KSYM_SYMBOL_LEN];
	unsigned long address;
	unsigned int i;

	for (i = 0; i < SITES && atomic_read(&new_count); i++) {
		address = READ_ONCE(site_table[i].address);
		if (!address || site_table[i].known != UNKNOWN)
			continue;
		sprint_symbol(name, address);
		know(&site_table[i], name);
		atomic_dec(&new_count);
	}
	schedule_delayed_work(&look_up_work, PERIOD);
}

/* NULL if it came first now, or if there is no room. */
static const struct site *find(unsigned long address)
{
	unsigned long old, at = hash_long(address, SITE_BITS);
	struct site *site;
	unsigned int i;

	for (i = 0; i < NEAR; i++, at = (at + 1) % SITES) {
		site = &site_table[at];
		old = cmpxchg(&site->address, 0, address);
		if (!old) {
			atomic_inc(&new_count);
			return NULL;
		}
		if (old != address)
			continue;
		/* Pairs with know(): its number is there if it is known. */
		return smp_load_acquire(&site->known) == UNKNOWN ? NULL : site;
	}
	atomic_inc(&lost_count);
	return NULL;
}

u32 site_number(unsigned long address)
{
	const struct site *site = find(address);

	return site && site->known == UNDER_TEST ? site->number : 0;
}

u32 site_of_lock(unsigned long address, const void *key)
{
	const struct site *site = find(address), *class;

	if (!site || !key)
		return 0;
	if (site->known == UNDER_TEST)
		return site->number;
	class = find((unsigned long)key);
	if (!class || class->known != UNDER_TEST)
		return 0;
	return jhash_2words(site->number, class->number, 0) | 1;
}

int site_hits(u32 site, u32 thread)
{
	u64 old, key = (u64)site << 32 | thread;
	u32 at = hash_64(key, HIT_BITS);
	unsigned int i;

	for (i = 0; i < NEAR; i++, at = (at + 1) % HITS) {
		old = cmpxchg64(&hit_table[at].key, 0, key);
		if (!old || old == key)
			return hit_table[at].count++;
	}
	atomic_inc(&lost_count);
	return -1;
}

void sites_forget_hits(void)
{
	/* A hit that comes meanwhile is counted, or is not. */
	if (hit_table)
		memset(hit_table, 0, HITS * sizeof(*hit_table));
}

unsigned int sites_count(void)
{
	return site_count;
}

unsigned int sites_lost(void)
{
	return atomic_read(&lost_count);
}
