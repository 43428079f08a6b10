// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver is given its device again and again, and each time another
 * allocation of its probe fails: the first, then the second, until there is none
 * left to fail. Whatever the probe had by then it must give back: what is left
 * is seen at the end of the case. Then the device works as before.
 */
#include <errno.h>

#include "kselftest.h"

#include "copy.h"
#include "driver.h"
#include "inject.h"
#include "must.h"
#include "workload.h"

/* A probe has some hundreds. */
#define ALLOCATIONS_MAX	4000

struct result {
	unsigned int injected;
	unsigned int refused;
	/* Errors for no reason. */
	unsigned int surprises;
	/* The last probe met no failure: all allocations have had theirs. */
	bool swept;
};

/* A probe may do without what it cannot have, and be done. */
static int probe(struct inject *inject, const struct m2m *m2m, unsigned int nth,
		 struct result *result)
{
	bool injected;
	int ret;

	must(inject_arm(inject, nth), "fail-nth");
	ret = driver_bind(m2m);
	injected = inject_disarm(inject);
	result->injected += injected;
	result->refused += !!ret;
	result->swept = !injected;
	if (ret && !injected) {
		result->surprises++;
		ksft_print_msg("allocation %u: bind: %d\n", nth, ret);
	}
	return ret;
}

static void probe_all(const struct m2m *m2m, struct result *result)
{
	struct inject inject;
	unsigned int nth;
	int ret = 0;

	must(inject_open(&inject), "failslab");
	for (nth = 1; nth <= ALLOCATIONS_MAX && !result->swept; nth++) {
		if (!ret)
			must(driver_unbind(m2m), "unbind");
		ret = probe(&inject, m2m, nth, result);
	}
	inject_close(&inject);
	if (ret)
		must(driver_bind(m2m), "bind");
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 1,
		.msec = 40,
	};
	struct result result = { 0 };
	unsigned int wrong;

	workload_begin(&options, argc, argv, NULL, 0);
	workload_open(&copy, &options);
	copy_close(&copy);

	ksft_set_plan(4);
	workload_reopen(&copy, &options, 0);
	workload_some_jobs(&copy);
	wrong = copy_wrong(&copy);
	probe_all(&copy.m2m, &result);
	workload_reopen(&copy, &options, 1);
	workload_some_jobs(&copy);
	wrong += copy_wrong(&copy);
	ksft_print_msg("%u allocations failed, %u probes refused\n", result.injected,
		       result.refused);

	ksft_test_result(result.injected && result.refused, "probe.injected\n");
	ksft_test_result(result.swept, "probe.swept\n");
	ksft_test_result(!result.surprises, "probe.errors\n");
	ksft_test_result(!wrong, "capture.streams\n");
	ksft_finished();
}
