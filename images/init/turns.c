// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#include "clock.h"
#include "turns.h"

#define RACERS	2
#define WAYS	4

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
	int64_t deadline;
	int i;

	CPU_ZERO(&cpus);
	CPU_SET(me->cpu, &cpus);
	me->ret = -pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	/* Spinning: a racer that sleeps here can be woken after the race. */
	atomic_fetch_add(&race->ready, 1);
	while (atomic_load(&race->ready) < RACERS)
		give_way();
	/*
	 * Before 8.1 QEMU can give the first virtual CPU every turn for as long
	 * as it gives none up, but not the second one.
	 */
	for (i = 0; i < WAYS && !me->cpu; i++)
		give_way();

	deadline = clock_now() + race->nsec;
	while (!me->ret && clock_now() < deadline)
		me->taken += atomic_exchange(&race->owner, me->cpu) != me->cpu;
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
		changes += racers[i].taken;
	}
	return ret ? ret : changes;
}
