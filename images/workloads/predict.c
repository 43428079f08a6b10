// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two streams of one decoder, in turns, with pictures that are made of others, of
 * groups that are not of the same length: while one file is at a picture that
 * stands for itself, the other is amid a group. Buffers stay with the program as
 * long as a picture to come is made of theirs, and are looked at as long.
 */
#include <errno.h>

#include "kselftest.h"

#include "copy.h"
#include "group.h"
#include "must.h"
#include "record.h"
#include "workload.h"

/* Those that wait for their picture, besides those that others are made of. */
#define SPARE	2

/* Nobody may have written to a buffer that was not given back. */
static unsigned int look_again(const struct copy *copy, unsigned int frame)
{
	const struct m2m_queue *capture = &copy->m2m.capture;
	unsigned int index = frame % copy->depth;
	struct picture picture;

	copy_look(copy, &capture->buffer[index], frame, &picture);
	record_pixels(copy->m2m.fd, capture->type, index, picture.wrong_bytes,
		      copy->format.sizeimage[0]);
	return !!picture.wrong_bytes;
}

/* Returns how many of the pictures before are not what they were. */
static unsigned int finish(struct copy *copy, const char *whose)
{
	unsigned int wrong = 0, age, frame = copy->frame;

	must(copy_finish(copy, frame % copy->depth), whose);
	for (age = 1; age <= GROUP_AGE && age <= frame; age++)
		wrong += look_again(copy, frame - age);
	if (frame >= GROUP_AGE)
		must(m2m_qbuf(&copy->m2m.capture, (frame - GROUP_AGE) % copy->depth, NULL),
		     "QBUF CAPTURE");
	return wrong;
}

int main(int argc, char **argv)
{
	static struct copy copy, other;
	struct copy_options options = {
		.driver = "vdpu-h264",
		.depth = GROUP_AGE + SPARE,
		.group = 5,
		.msec = 10,
	};
	__u64 frames = 9;
	const struct arg args[] = {
		{ .name = "frames", .number = &frames },
	};
	unsigned int changed = 0;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(&copy, &options);
	options.group++;
	workload_reopen(&other, &options, 1);

	ksft_set_plan(5);
	must(copy_start(&copy), "start");
	must(copy_start(&other), "start of the other file");
	while (copy.frame < frames) {
		must(copy_feed(&copy, copy.fed % copy.depth), "QBUF OUTPUT");
		copy_ask_once(&copy, copy.frame % copy.depth);
		must(copy_feed(&other, other.fed % other.depth), "QBUF OUTPUT of the other file");
		changed += finish(&copy, "job");
		changed += finish(&other, "job of the other file");
	}
	copy_close(&other);
	copy_close(&copy);

	workload_report(&copy);
	ksft_test_result(!copy_wrong(&other), "other.streams\n");
	ksft_test_result(!changed, "references.untouched\n");
	ksft_finished();
}
