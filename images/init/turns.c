// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#include "clock.h"
#include "turns.h"

#define RACERS	2

/*
 * Before 8.1 QEMU can give the first virtual CPU every turn for as long as it
 * gives none up, but not the second one. Code that spins without a yield for so
 * many parts of the measurement is only here, so it is here that it ends.
 */
#define LONG_PARTS	6

/* What comes of giving a turn up: the other one takes over, and we again. */
#define WAY_CHANGES	2

struct race {
	atomic_int ready;
	atomic_int owner;
	int64_t nsec;
};

struct racer {
	struct race *race;
	pthread_t thread;
	int cpu;
	int ret;
	long taken;
	long ways;
};

/* The emulator ends the turn of a virtual CPU at this instruction. */
static void give_way(void)
{
	asm volatile("yield");
}

static void *racing(void *arg)
{
	struct racer *me = arg;
	struct race *race = me->race;
	cpu_set_t cpus;
	int64_t now, deadline, changed;
	bool took;

	CPU_ZERO(&cpus);
	CPU_SET(me->cpu, &cpus);
	me->ret = -pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	/* Spinning: a racer that sleeps here can be woken after the race. */
	atomic_fetch_add(&race->ready, 1);
	while (atomic_load(&race->ready) < RACERS)
		give_way();

	changed = clock_now();
	deadline = changed + race->nsec;
	for (now = changed; !me->ret && now < deadline; now = clock_now()) {
		took = atomic_exchange(&race->owner, me->cpu) != me->cpu;
		me->taken += took;
		if (!took && !me->cpu && now - changed > race->nsec / LONG_PARTS) {
			give_way();
			me->ways++;
			took = true;
		}
		if (took)
			changed = now;
	}
	return NULL;
}

long turns_measure(unsigned int usec)
{
	struct race race = { .nsec = usec * NSEC_PER_USEC };
	struct racer racers[RACERS];
	long changes = 0;
	int i, ret = 0;

	if (sysconf(_SC_NPROCESSORS_ONLN) < RACERS)
		return 0;
	for (i = 0; i < RACERS; i++) {
		racers[i] = (struct racer){ .race = &race, .cpu = i };
		ret = pthread_create(&racers[i].thread, NULL, racing, &racers[i]);
		if (ret)
			/* The other one spins for good; it is PID 1 that ends. */
			return -ret;
	}
	for (i = 0; i < RACERS; i++) {
		pthread_join(racers[i].thread, NULL);
		ret = ret ? ret : racers[i].ret;
		/* Turns that were given up were not cut. */
		changes += racers[i].taken - WAY_CHANGES * racers[i].ways;
	}
	if (ret)
		return ret;
	return changes < 0 ? 0 : changes;
}
