// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "power.h"
#include "trace.h"

#define TRACING	"/sys/kernel/tracing/"

/* The clock of fence timestamps and of the observations. */
static void set_clock(bool needed)
{
	static bool done;
	int ret;

	if (done)
		return;
	ret = write_file(TRACING "trace_clock", "mono");
	if (ret && needed)
		die("trace clock: %s", strerror(-ret));
	done = !ret;
}

static void set_size(unsigned int kib)
{
	static unsigned int former;
	char text[16];
	int ret;

	if (!kib || kib == former)
		return;
	snprintf(text, sizeof(text), "%u", kib);
	ret = write_file(TRACING "buffer_size_kb", text);
	if (ret)
		die("trace buffer of %s KiB: %s", text, strerror(-ret));
	former = kib;
}

void trace_start(const struct plan *plan)
{
	const struct line *line;
	char path[256];
	size_t i;
	int ret;

	set_clock(plan->traces.first);
	set_size(plan->trace_kib);
	for (line = plan->traces.first; line; line = line->next) {
		for (i = 1; i < line->count; i++) {
			snprintf(path, sizeof(path), TRACING "events/%s/enable", line->word[i]);
			ret = write_file(path, "1");
			if (ret)
				die("trace event %s: %s", line->word[i], strerror(-ret));
		}
	}
}

void trace_stop(void)
{
	write_file(TRACING "tracing_on", "0");
}

int trace_read(struct buffer *to)
{
	return buffer_append_file(to, TRACING "trace");
}

int trace_read_stats(struct buffer *to)
{
	long count = sysconf(_SC_NPROCESSORS_CONF);
	char path[64];
	long cpu;
	int ret = 0;

	for (cpu = 0; cpu < count && !ret; cpu++) {
		snprintf(path, sizeof(path), TRACING "per_cpu/cpu%ld/stats", cpu);
		ret = buffer_append_file(to, path);
	}
	return ret;
}
