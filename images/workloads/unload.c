// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modules of a driver are to go: not as long as a file is open, with a job
 * running or not; then, while somebody holds a dma-buf and a fence of it, the
 * driver, and whatever neither of the two needs; at the end nothing is kept. All
 * of it comes back, and works.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/dma-buf.h>

#include "kselftest.h"

#include "copy.h"
#include "driver.h"
#include "must.h"
#include "sysfs.h"
#include "workload.h"

/*
 * Where the operations of fences are. It is not unloaded when it could be: the
 * trace would be emptied with its events.
 */
#define FENCES		"videobuf2_common"

/*
 * Modules that go wait for grace periods, two thirds of the time of a case. None
 * of them is what this is about; a short one takes code and data away sooner.
 */
#define SHORT_GRACE	"/sys/kernel/rcu_expedited"

/* For what is freed late, by RCU. */
#define LATER		(200 * NSEC_PER_MSEC)

struct unload {
	struct copy copy;
	const struct copy_options *options;
	const char *driver;
	/* In the order in which they went. */
	char gone[MODULES_MAX][64];
	unsigned int count;
	int sync_file;
	int dmabuf;
	unsigned int let_go;
	unsigned int stayed;
	unsigned int useless;
	unsigned int wrong;
	unsigned int uncertain;
};

/* In use is not the same as broken. */
static void try_in_use(struct unload *unload, const char *name, const char *while_what)
{
	int ret = module_unload(name);

	if (ret == -EWOULDBLOCK)
		return;
	ksft_print_msg("%s %s: %s\n", name, while_what, ret ? strerror(-ret) : "unloaded");
	unload->let_go++;
}

static bool unload_one(struct unload *unload, const struct module *module)
{
	if (!strcmp(module->name, FENCES) || module_unload(module->name))
		return false;
	snprintf(unload->gone[unload->count++], sizeof(unload->gone[0]), "%s", module->name);
	return true;
}

/* Whatever nobody needs, and what nobody needs after that. */
static void sweep(struct unload *unload)
{
	struct modules modules;
	unsigned int i, before;

	do {
		before = unload->count;
		must(modules_read(&modules), "/proc/modules");
		for (i = 0; i < modules.count && unload->count < MODULES_MAX; i++)
			unload_one(unload, &modules.module[i]);
	} while (unload->count > before);
}

static bool is_loaded(const char *name, struct module *found)
{
	const struct module *module;
	struct modules modules;

	must(modules_read(&modules), "/proc/modules");
	module = modules_find(&modules, name);
	if (module)
		*found = *module;
	return module;
}

static void hold(struct unload *unload)
{
	const struct copy *copy = &unload->copy;

	unload->sync_file = session_hold(&copy->session, false);
	unload->dmabuf = dup(copy->m2m.capture.buffer[0].plane[0].dmabuf[0]);
	must(unload->dmabuf < 0 ? -errno : 0, "dup");
	ksft_print_msg("%s is held\n", unload->sync_file < 0 ? "a dma-buf" : "a fence");
}

static void one_job(struct unload *unload, unsigned int instance, bool meddle)
{
	struct copy *copy = &unload->copy;

	workload_reopen(copy, unload->options, instance);
	if (meddle)
		try_in_use(unload, unload->driver, "with an open file");
	must(copy_start(copy), "start");
	must(copy_feed(copy, 0), "QBUF OUTPUT");
	copy_ask_once(copy, 0);
	if (meddle) {
		try_in_use(unload, unload->driver, "with a job");
		hold(unload);
	}
	must(copy_finish(copy, 0), "job");
	unload->wrong += copy_wrong(copy);
	unload->uncertain += copy->uncertain + copy->session.errors;
	copy_close(copy);
}

/* The driver has gone, and then all that the holder of a fence does not need. */
static void take_all(struct unload *unload)
{
	struct module found;

	sweep(unload);
	unload->stayed += is_loaded(unload->driver, &found);
	unload->useless += fence_wait_dmabuf(unload->dmabuf, DMA_BUF_SYNC_READ, 0) != 1;
	close(unload->dmabuf);
	sweep(unload);
	if (unload->sync_file >= 0) {
		try_in_use(unload, FENCES, "with a fence");
		clock_sleep(LATER);
		unload->useless += !fence_is_good(unload->sync_file);
		close(unload->sync_file);
	}
	clock_sleep(LATER);
	if (!is_loaded(FENCES, &found))
		return;
	ksft_print_msg(FENCES ": %u references, %u of modules\n", found.references,
		       found.needed_by);
	unload->stayed += found.references;
}

/* The last that went comes first: it needs none of the others. */
static void bring_back(struct unload *unload)
{
	ksft_print_msg("%u modules have gone\n", unload->count);
	while (unload->count) {
		unload->count--;
		must(module_load(unload->gone[unload->count]), unload->gone[unload->count]);
	}
}

int main(int argc, char **argv)
{
	static struct unload unload;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 40,
	};
	__u64 rounds = 2;
	const struct arg args[] = {
		{ .name = "rounds", .number = &rounds },
		{ .name = "module", .word = &unload.driver },
	};
	unsigned int i;

	unload.driver = "vim2m";
	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	unload.options = &options;
	must(sysfs_write(SHORT_GRACE, "1"), "short grace periods");
	workload_open(&unload.copy, &options);
	copy_close(&unload.copy);

	ksft_set_plan(5);
	for (i = 0; i < rounds; i++) {
		one_job(&unload, i, true);
		take_all(&unload);
		bring_back(&unload);
	}
	one_job(&unload, rounds, false);

	ksft_test_result(!unload.let_go, "module.in-use\n");
	ksft_test_result(!unload.stayed, "module.goes\n");
	ksft_test_result(!unload.useless, "fence.outlives\n");
	ksft_test_result(!unload.wrong, "capture.streams\n");
	ksft_test_result(!unload.uncertain, "capture.active-probes\n");
	ksft_finished();
}
