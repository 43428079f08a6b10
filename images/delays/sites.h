/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places in the code under test, and how often each thread came to them. A moment
 * after somebody came to a place first it is found out whose it is: that takes
 * locks of RCU, and whoever comes there may be about to take one.
 */
#ifndef M2M_DELAYS_SITES_H
#define M2M_DELAYS_SITES_H

#include <linux/types.h>

/*
 * Code under test are all modules but the rig's, and what is built in and begins
 * like one of @functions, words with commas between them.
 */
int sites_begin(const char *functions);
void sites_end(void);

/*
 * A number for @address that is the same wherever the kernel was loaded; 0 if it
 * is not code under test, if that is not known yet, or if there are too many.
 * This and what follows takes no lock, and wants interrupts off.
 */
u32 site_number(unsigned long address);

/*
 * The same of where the kernel takes a lock for the code under test, as in wake_up():
 * the lock is of a class with this @key, which belongs to that code.
 */
u32 site_of_lock(unsigned long address, const void *key);

/* How often a thread was at a site before; -1 if there are too many of them. */
int site_hits(u32 site, u32 thread);

/* Nobody was anywhere before. Takes its time, and may sleep. */
void sites_forget_hits(void);

/* How many sites there are, and hits that found no room. */
unsigned int sites_count(void);
unsigned int sites_lost(void);

#endif
