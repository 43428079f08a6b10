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

static void *racing(void *arg)
{
	struct racer *me = arg;
	struct race *race = me->race;
	cpu_set_t cpus;
	int64_t deadline;

	CPU_ZERO(&cpus);
	CPU_SET(me->cpu, &cpus);
	me->ret = -pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	/*
	 * Spinning, because a racer that sleeps here can be woken after the
	 * race. With a yield, also for the last one, because QEMU before 8.1
	 * can give the same virtual CPU every turn until it gives one up.
	 */
	atomic_fetch_add(&race->ready, 1);
	do
		asm volatile("yield");
	while (atomic_load(&race->ready) < RACERS);

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
