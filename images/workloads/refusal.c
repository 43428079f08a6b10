// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hardware that does not wake. Each time another step is refused: a clock, the
 * power domain, a reset; first the steps of a probe in turn, then those of a file
 * from the start of its streams to the end of its first job. A probe fails or
 * does without; a job is done or refused, never lost; and then the device works.
 * What a driver took before the refusal it must give back: what is left is seen at
 * the end of the case.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kselftest.h"

#include "args.h"
#include "clock.h"
#include "copy.h"
#include "driver.h"
#include "must.h"
#include "request.h"
#include "sysfs.h"
#include "workload.h"

#define REFUSE		"/sys/kernel/debug/m2m_silicon/refuse/"

/* A life has some ten. */
#define STEPS_MAX	100

/* Until a device that nobody uses sleeps. */
#define SLEEPS_AFTER	(500 * NSEC_PER_MSEC)

struct result {
	unsigned int refused;
	/* Probes and jobs that failed for it. */
	unsigned int failed;
	/* That failed for nothing, or were lost. */
	unsigned int surprises;
};

/* The device is ADDRESS.BLOCK. */
static const char *refuse_path(const struct m2m *m2m)
{
	const char *block = strrchr(m2m->device, '.');
	static char path[128];

	must(block ? 0 : -ENODEV, "block");
	snprintf(path, sizeof(path), REFUSE "%s", block + 1);
	return path;
}

static void arm(const struct m2m *m2m, unsigned int nth)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", nth);
	must(sysfs_write(refuse_path(m2m), text), "refuse");
}

/* Whether there were so many steps: the last of them was refused. */
static bool disarm(const struct m2m *m2m)
{
	long left = sysfs_number(refuse_path(m2m));

	must(left < 0 ? left : 0, "refuse");
	arm(m2m, 0);
	return !left;
}

/* Returns whether a step was refused. */
static bool note(struct result *result, const char *what, unsigned int nth, int ret, bool refused)
{
	result->refused += refused;
	result->failed += refused && ret;
	/* Nobody waits for ever, and no picture is wrong. */
	if (ret == -ETIME || ret == -EILSEQ || (ret && !refused)) {
		result->surprises++;
		ksft_print_msg("step %u of %s: %d\n", nth, what, ret);
	}
	return refused;
}

static bool probe(const struct m2m *m2m, unsigned int nth, struct result *result)
{
	bool refused;
	int ret;

	must(driver_unbind(m2m), "unbind");
	arm(m2m, nth);
	ret = driver_bind(m2m);
	refused = disarm(m2m);
	if (ret)
		must(driver_bind(m2m), "bind");
	return note(result, "probe", nth, ret, refused);
}

static int one_job(struct copy *copy)
{
	int ret = copy_start(copy);

	if (!ret)
		ret = copy_feed(copy, 0);
	if (ret)
		return ret;
	ret = copy_come_back(copy);
	if (ret && ret != -EIO)
		return ret;
	if (copy->requested[0] && !request_completes(copy->request[0], COPY_PATIENCE))
		return -ETIME;
	return ret;
}

static bool stream(struct copy *copy, const struct copy_options *options, unsigned int nth,
		   struct result *result)
{
	bool refused;
	int ret;

	clock_sleep(SLEEPS_AFTER);
	workload_reopen(copy, options, nth);
	arm(&copy->m2m, nth);
	ret = one_job(copy);
	refused = disarm(&copy->m2m);
	copy_close(copy);
	return note(result, "stream", nth, ret, refused);
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "rockchip-rga",
		.depth = 2,
		.msec = 40,
	};
	/* Steps of a stream at least; some drivers wake their hardware in the probe, for good. */
	__u64 least = 1;
	const struct arg args[] = {
		{ .name = "streams", .number = &least },
	};
	struct result probes = { 0 }, streams = { 0 };
	unsigned int nth, wrong;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(&copy, &options);
	workload_some_jobs(&copy);
	wrong = copy_wrong(&copy);

	ksft_set_plan(5);
	for (nth = 1; nth <= STEPS_MAX && probe(&copy.m2m, nth, &probes); nth++)
		;
	for (nth = 1; nth <= STEPS_MAX && stream(&copy, &options, nth, &streams); nth++)
		;
	workload_reopen(&copy, &options, STEPS_MAX + 1);
	workload_some_jobs(&copy);
	wrong += copy_wrong(&copy);
	ksft_print_msg("of %u refused steps %u failed probes; of %u %u failed streams\n",
		       probes.refused, probes.failed, streams.refused, streams.failed);

	ksft_test_result(probes.refused, "probe.refused\n");
	ksft_test_result(streams.failed >= least, "stream.refused\n");
	ksft_test_result(!probes.surprises, "probe.errors\n");
	ksft_test_result(!streams.surprises, "stream.errors\n");
	ksft_test_result(!wrong, "capture.streams\n");
	ksft_finished();
}
