// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "power.h"
#include "results.h"

static struct {
	pthread_mutex_t lock;
	pthread_cond_t change;
	const char *what;
	struct timespec deadline;
} watch = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
};

void power_off(void)
{
	for (;;) {
		reboot(RB_POWER_OFF);
		clock_sleep(NSEC_PER_SEC);
	}
}

void die(const char *fmt, ...)
{
	char what[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	results_line("init: %s", what);
	power_off();
}

static void crashed(int signal)
{
	die("crashed, signal %d", signal);
}

void power_catch_crashes(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
	struct sigaction action = { .sa_handler = crashed };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void *watching(void *arg)
{
	int ret = 0;

	(void)arg;
	pthread_mutex_lock(&watch.lock);
	for (;;) {
		if (!watch.what)
			ret = pthread_cond_wait(&watch.change, &watch.lock);
		else
			ret = pthread_cond_timedwait(&watch.change, &watch.lock,
						     &watch.deadline);
		if (ret == ETIMEDOUT && watch.what)
			die("stuck: %s", watch.what);
	}
	return NULL;
}

int watch_start(void)
{
	pthread_condattr_t attr;
	pthread_t thread;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&watch.change, &attr);
	return -pthread_create(&thread, NULL, watching, NULL);
}

static void watch_set(const char *what, unsigned int seconds)
{
	pthread_mutex_lock(&watch.lock);
	clock_gettime(CLOCK_MONOTONIC, &watch.deadline);
	watch.deadline.tv_sec += seconds;
	watch.what = what;
	pthread_cond_signal(&watch.change);
	pthread_mutex_unlock(&watch.lock);
}

void watch_for(const char *what, unsigned int seconds)
{
	watch_set(what, seconds);
}

void watch_over(void)
{
	watch_set(NULL, 0);
}
