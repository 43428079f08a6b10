// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "detectors.h"
#include "files.h"
#include "modules.h"
#include "results.h"

#define RACES	"m2m_canary_races.ko"
#define LEAK	"m2m_canary_leak.ko"

/* The kernel's (mm/kmemleak.c). */
#define KMEMLEAK	"/sys/kernel/debug/kmemleak"

/* What is younger than five seconds is not reported (MSECS_MIN_AGE). */
#define OLD_ENOUGH	(5 * NSEC_PER_SEC + 100 * NSEC_PER_MSEC)

static void tell(const char *what, int ret)
{
	if (ret)
		results_line("# %s: %s", what, strerror(-ret));
}

/* Only kernels that watch for it have the module. */
static void sing_of_races(void)
{
	int ret = module_load(RACES, "");

	if (ret != -ENOENT)
		tell("canary of races", ret);
}

/*
 * The first scan writes down what nothing points to, and the second one reports it
 * if it has not changed since. Both see what the workloads lost, too.
 */
static void sing_of_leaks(void)
{
	if (access(KMEMLEAK, F_OK))
		return;
	tell("canary of leaks", module_load(LEAK, ""));
	clock_sleep(OLD_ENOUGH);
	tell("first scan", write_file(KMEMLEAK, "scan"));
	tell("second scan", write_file(KMEMLEAK, "scan"));
}

void detectors_sing(void)
{
	sing_of_races();
	sing_of_leaks();
}
