// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "effort.h"

/* Of /proc/stat: all CPUs together, in USER_HZ. */
int64_t effort_of_all(void)
{
	long long user, nice, system, idle, iowait, irq, softirq;
	char line[256];
	ssize_t size;
	int fd;

	fd = open("/proc/stat", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	size = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (size <= 0)
		return 0;
	line[size] = 0;
	if (sscanf(line, "cpu %lld %lld %lld %lld %lld %lld %lld", &user, &nice, &system, &idle,
		   &iowait, &irq, &softirq) != 7)
		return 0;
	return (user + nice + system + irq + softirq) * NSEC_PER_SEC / sysconf(_SC_CLK_TCK);
}

/* To the instruction, also where no tick comes any more. */
int64_t effort_of(pid_t pid)
{
	struct timespec used;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &used))
		return 0;
	return used.tv_sec * NSEC_PER_SEC + used.tv_nsec;
}
