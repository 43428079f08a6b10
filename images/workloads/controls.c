// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two contexts share the device, and the controls of the one whose job runs
 * change meanwhile. A job is done with the values that were there when it was
 * started.
 */
#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "must.h"
#include "workload.h"

#define CONTEXTS	2

/* None of this may be seen in the picture of the job that runs. */
static void disturb(struct copy *copy)
{
	struct random *random = &copy->session.random;

	must(m2m_set_control(&copy->m2m, V4L2_CID_HFLIP, random_below(random, 2)), "HFLIP");
	must(m2m_set_control(&copy->m2m, V4L2_CID_VFLIP, random_below(random, 2)), "VFLIP");
	must(m2m_set_control(&copy->m2m, V4L2_CID_ROTATE, random_below(random, 2) * 180),
	     "ROTATE");
}

static void choose(struct copy *copy)
{
	struct conversion *conversion = &copy->conversion;
	struct random *random = &copy->session.random;

	conversion->mirror_y = random_below(random, 2);
	conversion->mirror_x = random_below(random, 2);
	conversion->degrees = random_below(random, 2) * 180;
	must(m2m_set_control(&copy->m2m, V4L2_CID_HFLIP, conversion->mirror_y), "HFLIP");
	must(m2m_set_control(&copy->m2m, V4L2_CID_VFLIP, conversion->mirror_x), "VFLIP");
	must(m2m_set_control(&copy->m2m, V4L2_CID_ROTATE, conversion->degrees), "ROTATE");
}

/* The device is idle, so the first job is started at once, the other in the worker. */
static void one_round(struct copy *first, struct copy *second)
{
	unsigned int index = first->frame % first->depth;
	struct copy *copy[CONTEXTS] = { first, second };
	unsigned int i;

	for (i = 0; i < CONTEXTS; i++) {
		choose(copy[i]);
		must(copy_feed(copy[i], index), "QBUF OUTPUT");
	}
	disturb(first);
	copy_ask(first, index);
	disturb(first);
	must(copy_finish(first, index), "job");
	must(copy_finish(second, index), "job");
	for (i = 0; i < CONTEXTS; i++)
		must(m2m_qbuf(&copy[i]->m2m.capture, index, NULL), "QBUF CAPTURE");
}

int main(int argc, char **argv)
{
	static struct copy copy[CONTEXTS];
	struct copy_options options = {
		.driver = "rockchip-rga",
		.format = "ABGR32",
		.depth = 2,
		.msec = 40,
	};
	__u64 frames = 6;
	const struct arg args[] = {
		{ .name = "frames", .number = &frames },
	};
	unsigned int i, errors = 0, uncertain = 0;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	for (i = 0; i < CONTEXTS; i++) {
		options.seed += i;
		workload_open(&copy[i], &options);
		copy[i].m2m.instance = i;
		/* A copy at first; it will not stay one. */
		copy[i].device = &device_converter;
		must(copy_start(&copy[i]), "start");
	}

	ksft_set_plan(2);
	while (copy[0].frame < frames)
		one_round(&copy[copy[0].frame % 2], &copy[1 - copy[0].frame % 2]);
	for (i = 0; i < CONTEXTS; i++) {
		errors += copy_wrong(&copy[i]);
		uncertain += !copy_was_asked(&copy[i]) + copy[i].session.errors;
		copy_close(&copy[i]);
	}

	ksft_test_result(!errors, "capture.streams\n");
	ksft_test_result(!uncertain, "capture.active-probes\n");
	ksft_finished();
}
