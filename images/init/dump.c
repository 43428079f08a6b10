// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "accounts.h"
#include "buffer.h"
#include "calls.h"
#include "compiler.h"
#include "dump.h"
#include "loaded.h"
#include "power.h"
#include "screens.h"
#include "tar.h"
#include "trace.h"

/* The longest record that the kernel hands out, with room to spare. */
#define KMSG_RECORD	16384

struct source {
	const char *name;
	const char *path;
};

static const struct source start_sources[] = {
	{ "start/lockdep", "/proc/lockdep" },
	{ "start/lockdep_stats", "/proc/lockdep_stats" },
	{ "start/prove_locking", "/proc/sys/kernel/prove_locking" },
	{ "start/tainted", "/proc/sys/kernel/tainted" },
	{ "start/cmdline", "/proc/cmdline" },
	{ "start/version", "/proc/version" },
	{ "start/config.gz", "/proc/config.gz" },
};

static const struct source lock_sources[] = {
	{ "dmabuf_bufinfo", "/sys/kernel/debug/dma_buf/bufinfo" },
	{ "lockdep", "/proc/lockdep" },
	{ "lockdep_chains", "/proc/lockdep_chains" },
	{ "end/tainted", "/proc/sys/kernel/tainted" },
	{ "end/prove_locking", "/proc/sys/kernel/prove_locking" },
	{ "end/lockdep_stats", "/proc/lockdep_stats" },
};

/* The first one has a module of ours behind it, and lets go what waits for its turn to go. */
static const struct source accounts[] = {
	{ "devices", "/sys/kernel/debug/m2m_accounts" },
	{ "modules", "/proc/modules" },
	{ "interrupts", "/proc/interrupts" },
	{ "clocks", "/sys/kernel/debug/clk/clk_summary" },
	{ "mappings/all", "/sys/kernel/debug/dma-api/nr_total_entries" },
	{ "mappings/free", "/sys/kernel/debug/dma-api/num_free_entries" },
};

/* What KCSAN has counted, where it is built in: how much it watched. */
#define KCSAN	"/sys/kernel/debug/kcsan"

/* Of m2m_delays, where threads are held up. */
#define DELAYS	"/sys/kernel/debug/m2m_delays"

/* Of m2m_mmio, how often registers were touched. */
#define MMIO	"/sys/kernel/debug/m2m_mmio"

/* Of m2m_silicon, which not every case has. */
#define SILICON	"/sys/kernel/debug/m2m_silicon"

static const struct source silicon_sources[] = {
	{ "silicon/jobs", SILICON "/jobs" },
	{ "silicon/stats", SILICON "/stats" },
};

static void put(int fd, const char *name, const void *data, size_t size)
{
	int ret = tar_member(fd, name, data, size);

	if (ret)
		die("dump port: %s: %s", name, strerror(-ret));
}

/* Either the whole content or the reason: half a file would be believed. */
static void put_result(int fd, const char *name, struct buffer *content, int ret)
{
	char missing[100];

	if (!ret) {
		put(fd, name, content->data, content->size);
	} else {
		snprintf(missing, sizeof(missing), "missing/%s", name);
		put(fd, missing, strerror(-ret), strlen(strerror(-ret)));
	}
	buffer_free(content);
}

static void put_file(int fd, const char *name, const char *path)
{
	struct buffer content = { 0 };
	int ret = buffer_append_file(&content, path);

	put_result(fd, name, &content, ret);
}

static void put_files(int fd, const struct source *sources, size_t count)
{
	for (; count; count--, sources++)
		put_file(fd, sources->name, sources->path);
}

static void put_loaded(int fd, const char *name)
{
	struct buffer content = { 0 };
	int ret = loaded_read(&content);

	put_result(fd, name, &content, ret);
}

void dump_start(int fd)
{
	if (fd < 0)
		return;
	put_loaded(fd, "start/loaded");
	put_files(fd, start_sources, ARRAY_SIZE(start_sources));
}

static void put_accounts(int fd, const char *when)
{
	char name[100];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(accounts); i++) {
		snprintf(name, sizeof(name), "%s/%s", when, accounts[i].name);
		put_file(fd, name, accounts[i].path);
	}
}

void dump_accounts_start(int fd)
{
	if (fd < 0)
		return;
	put_accounts(fd, "start");
}

void dump_allocations_start(int fd)
{
	/* What is wrong is told at the end, when there is nothing to compare with. */
	if (fd >= 0)
		(void)accounts_begin();
}

void dump_accounts_end(int fd)
{
	struct buffer content = { 0 };
	int ret;

	if (fd < 0)
		return;
	put_accounts(fd, "end");
	ret = accounts_compare(&content);
	put_result(fd, "allocations", &content, ret);
}

void dump_calls(int fd, unsigned int number, int ret)
{
	struct buffer content = { 0 };
	char name[32];

	if (!ret)
		ret = calls_end(&content);
	if (fd < 0 || (!ret && !content.size)) {
		buffer_free(&content);
		return;
	}
	snprintf(name, sizeof(name), "calls/%u", number);
	put_result(fd, name, &content, ret);
}

void dump_screens(int fd, unsigned int number)
{
	struct buffer content = { 0 };
	char path[300], name[300];
	int ret;

	while (screens_next(path, sizeof(path))) {
		ret = buffer_append_file(&content, path);
		snprintf(name, sizeof(name), "screens/%u/%s", number, strrchr(path, '/') + 1);
		if (fd >= 0)
			put_result(fd, name, &content, ret);
		else
			buffer_free(&content);
		unlink(path);
	}
}

void dump_trace(int fd)
{
	struct buffer content = { 0 };
	int ret;

	if (fd < 0)
		return;
	ret = trace_read(&content);
	put_result(fd, "trace", &content, ret);
	ret = trace_read_stats(&content);
	put_result(fd, "trace_stats", &content, ret);
}

void dump_silicon(int fd)
{
	if (fd >= 0 && !access(SILICON, F_OK))
		put_files(fd, silicon_sources, ARRAY_SIZE(silicon_sources));
}

void dump_locks(int fd)
{
	if (fd < 0)
		return;
	put_loaded(fd, "end/loaded");
	put_files(fd, lock_sources, ARRAY_SIZE(lock_sources));
	if (!access(KCSAN, F_OK))
		put_file(fd, "kcsan", KCSAN);
	if (!access(DELAYS, F_OK))
		put_file(fd, "delays", DELAYS);
	if (!access(MMIO, F_OK))
		put_file(fd, "mmio", MMIO);
}

static int read_kmsg(struct buffer *content)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t got;
	int ret = 0;

	if (fd < 0)
		return -errno;
	while (!ret) {
		ret = buffer_reserve(content, KMSG_RECORD);
		if (ret)
			break;
		got = read(fd, content->data + content->size, KMSG_RECORD);
		if (got > 0)
			content->size += got;
		else if (!got || errno == EAGAIN)
			break;
		else if (errno != EPIPE && errno != EINTR)
			/* EPIPE: records were overwritten; their numbers will be missing. */
			ret = -errno;
	}
	close(fd);
	return ret;
}

void dump_kmsg(int fd)
{
	struct buffer content = { 0 };
	int ret;

	if (fd < 0)
		return;
	ret = read_kmsg(&content);
	put_result(fd, "kmsg", &content, ret);
}

void dump_end(int fd)
{
	int ret;

	if (fd < 0)
		return;
	put(fd, "end", NULL, 0);
	ret = tar_end(fd);
	if (ret)
		die("dump port: %s", strerror(-ret));
}
