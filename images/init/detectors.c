// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "detectors.h"
#include "files.h"
#include "modules.h"
#include "results.h"

/* Looks at registers of imitated hardware, which comes after it. */
#define MMIO	"m2m_mmio.ko"

#define REGISTERS	"m2m_canary_mmio.ko"
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

/* Only kernels that watch for it have such a module. */
static void load_if_there(const char *what, const char *file)
{
	int ret = module_load(file, "");

	if (ret != -ENOENT)
		tell(what, ret);
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

void detectors_watch(void)
{
	load_if_there("watch of registers", MMIO);
}

void detectors_sing(void)
{
	load_if_there("canary of registers", REGISTERS);
	load_if_there("canary of races", RACES);
	sing_of_leaks();
}
