// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "files.h"
#include "power.h"
#include "rounds.h"

/* Of m2m_delays, which not every case has. */
#define ROUND	"/sys/module/m2m_delays/parameters/round"
#define TAINTED	"/proc/sys/kernel/tainted"
#define LOCKDEP	"/proc/lockdep_stats"

void round_begin(unsigned int number)
{
	char digits[16];
	int ret;

	snprintf(digits, sizeof(digits), "%u", number);
	ret = write_file(ROUND, digits);
	if (ret && ret != -ENOENT)
		die("round: %s", strerror(-ret));
}

/* What the kernel says of itself: as at first, or not. */
static void read_state(struct buffer *state)
{
	struct buffer stats = { 0 };
	const char *locks;
	int ret;

	ret = buffer_append_file(&stats, LOCKDEP);
	if (!ret)
		ret = buffer_append(&stats, "", 1);
	if (!ret)
		ret = buffer_append_file(state, TAINTED);
	if (ret)
		die("rounds: %s", strerror(-ret));
	locks = strstr(stats.data, "debug_locks:");
	if (!locks)
		die("rounds: no debug_locks in " LOCKDEP);
	ret = buffer_append(state, locks, strcspn(locks, "\n"));
	if (ret)
		die("rounds: %s", strerror(-ret));
	buffer_free(&stats);
}

bool kernel_complains(void)
{
	static struct buffer first;
	struct buffer now = { 0 };
	bool same;

	read_state(&now);
	if (!first.size) {
		first = now;
		return false;
	}
	same = now.size == first.size && !memcmp(now.data, first.data, now.size);
	buffer_free(&now);
	return !same;
}
