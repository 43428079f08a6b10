/* SPDX-License-Identifier: GPL-2.0-only */
/* Drivers that come and go: by their devices, and with their modules. */
#ifndef M2M_DRIVER_H
#define M2M_DRIVER_H

#include "m2m.h"

/*
 * Take the driver away from the device that @m2m is or was open on, and give it
 * back. 0 or a negative errno; neither returns before it is done.
 */
int driver_unbind(const struct m2m *m2m);
int driver_bind(const struct m2m *m2m);

#define MODULES_MAX	64

struct module {
	/* As the kernel calls it: without a '-'. */
	char name[56];
	/* Who keeps it: modules that need it, and others. */
	unsigned int references;
	unsigned int needed_by;
};

/* Modules that are loaded, the last one first. */
struct modules {
	struct module module[MODULES_MAX];
	unsigned int count;
};

/* 0 or a negative errno. */
int modules_read(struct modules *modules);

/* NULL if it is not loaded. */
const struct module *modules_find(const struct modules *modules, const char *name);

/* 0 or a negative errno: -EWOULDBLOCK if it is in use. */
int module_unload(const char *name);

/* Load the module from the payload of the case, without parameters; 0 or a negative errno. */
int module_load(const char *name);

#endif
