// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "driver.h"
#include "sysfs.h"

#define DRIVERS		"/sys/bus/platform/drivers"
#define MODULE_FILES	"/modules"

/* The driver is called the same by V4L2 and by the bus. */
static int tell(const struct m2m *m2m, const char *command)
{
	char path[128];

	snprintf(path, sizeof(path), DRIVERS "/%s/%s", m2m->driver, command);
	return sysfs_write(path, m2m->device);
}

int driver_unbind(const struct m2m *m2m)
{
	return tell(m2m, "unbind");
}

int driver_bind(const struct m2m *m2m)
{
	return tell(m2m, "bind");
}

static unsigned int count_words(const char *words)
{
	unsigned int count = 0;

	if (!strcmp(words, "-"))
		return 0;
	for (; *words; words++)
		count += *words == ',';
	return count;
}

/* NAME SIZE REFERENCES NEEDED,BY, STATE ADDRESS */
int modules_read(struct modules *modules)
{
	FILE *file = fopen("/proc/modules", "re");
	struct module *module;
	char needed_by[512];

	modules->count = 0;
	if (!file)
		return -errno;
	while (modules->count < MODULES_MAX) {
		module = &modules->module[modules->count];
		if (fscanf(file, "%55s %*u %u %511s %*[^\n]", module->name, &module->references,
			   needed_by) != 3)
			break;
		module->needed_by = count_words(needed_by);
		modules->count++;
	}
	fclose(file);
	return modules->count < MODULES_MAX ? 0 : -E2BIG;
}

const struct module *modules_find(const struct modules *modules, const char *name)
{
	unsigned int i;

	for (i = 0; i < modules->count; i++) {
		if (!strcmp(modules->module[i].name, name))
			return &modules->module[i];
	}
	return NULL;
}

int module_unload(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

/* Names of files have either: what the kernel calls a_b may be in a-b.ko. */
static int open_module(const char *name)
{
	char path[128];
	char *at;
	int fd;

	snprintf(path, sizeof(path), MODULE_FILES "/%s.ko", name);
	at = path + strlen(MODULE_FILES);
	do {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		at = strchr(at, '_');
		if (at)
			*at = '-';
	} while (fd < 0 && at);
	return fd < 0 ? -errno : fd;
}

int module_load(const char *name)
{
	int fd = open_module(name);
	int ret = 0;

	if (fd < 0)
		return fd;
	if (syscall(SYS_finit_module, fd, "", 0))
		ret = -errno;
	close(fd);
	return ret;
}
