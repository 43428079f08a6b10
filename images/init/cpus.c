// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cpus.h"
#include "files.h"

int cpus_online(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	char path[64];
	long cpu;
	int ret;

	/* The first one is what this runs on. */
	for (cpu = 1; cpu < cpus; cpu++) {
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%ld/online", cpu);
		/* For one that is up already the kernel does nothing. */
		ret = write_file(path, "1");
		if (ret)
			return ret;
	}
	return 0;
}
