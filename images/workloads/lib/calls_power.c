// SPDX-License-Identifier: GPL-2.0-only
/* The whole machine goes to sleep, and wakes. */
#include "exercise.h"
#include "sysfs.h"

#define PM_TEST		"/sys/power/pm_test"
#define PM_DELAY	"/sys/module/suspend/parameters/pm_test_delay"
#define STATE		"/sys/power/state"

/* suspend: as far as the devices; nobody else can while one does. */
static int make_suspend(struct exercise *exercise, const struct history_call *call)
{
	int ret = sysfs_write(PM_TEST, "devices");

	(void)exercise;
	(void)call;
	if (!ret)
		ret = sysfs_write(PM_DELAY, "0");
	return ret ? ret : sysfs_write(STATE, "freeze");
}

const struct exercise_call calls_power[] = {
	{ "suspend", .make = make_suspend },
	{ 0 }
};
