// SPDX-License-Identifier: GPL-2.0-only
/*
 * A picture goes through three devices at once: each is given what the one before
 * it is to fill, and nobody in user space waits in between. Which of them went on
 * before the one before it was done, and what came of that, is printed.
 */
#include <errno.h>
#include <string.h>
#include <linux/dma-buf.h>

#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "must.h"
#include "observe.h"
#include "workload.h"

#define STAGES	3

struct cascade {
	struct copy stage[STAGES];
	/* All have done their part. */
	__s64 limit;
	/* Links that were heeded, and whose picture is right. */
	unsigned int right;
};

/* Its sources are the destinations of the stage before. */
static void open_stage(struct cascade *cascade, unsigned int number,
		       const struct copy_options *options)
{
	const struct copy *before = &cascade->stage[number - 1];
	unsigned int i, planes = before->format.planes;
	struct copy *copy = &cascade->stage[number];
	int dmabuf[COPY_DEPTH_MAX * M2M_PLANES_MAX];
	struct copy_options own = *options;
	const char *what;
	int ret;

	for (i = 0; i < before->depth * planes; i++)
		dmabuf[i] = before->m2m.capture.buffer[i / planes].plane[i % planes].dmabuf[0];
	own.input = dmabuf;
	own.width = before->format.width;
	own.height = before->format.height;
	own.depth = before->depth;
	own.seed = before->seed;
	ret = copy_open(copy, &own, &what);
	must(ret, what);
	copy->options.input = NULL;
	copy->m2m.instance = number;
	copy->source = before;
	copy->unawaited = true;
}

static bool is_done(const struct copy *copy)
{
	return m2m_wait(&copy->m2m, 0) > 0;
}

/* What is in a destination is not what comes of the source, as that is by now. */
static size_t wrong(const struct cascade *cascade, unsigned int number, unsigned int index)
{
	const struct copy *copy = &cascade->stage[number];
	const struct m2m_buffer *source = &cascade->stage[number - 1].m2m.capture.buffer[index];
	void *plane[M2M_PLANES_MAX];
	unsigned int i;

	for (i = 0; i < source->planes; i++)
		plane[i] = source->plane[i].map;
	return copy->device->differs(copy, &copy->m2m.capture.buffer[index], plane);
}

static void print_link(struct cascade *cascade, unsigned int number, unsigned int index,
		       bool early)
{
	const struct m2m *m2m = &cascade->stage[number - 1].m2m;
	size_t bytes = wrong(cascade, number, index);
	struct consumer_subject subject;
	struct observation seen;

	consumer_subject(&subject, m2m, &m2m->capture, index, 0, 0);
	observe_begin(&seen, "in-fence");
	consumer_add_subject(&seen, &subject);
	observe_word(&seen, "api", "chain");
	observe_word(&seen, "seen", early ? "ignored" : "respected");
	observe_number(&seen, "wrong-bytes", bytes);
	observe_end(&seen);
	cascade->right += !early && !bytes;
}

/* Who is done first is asked last: what the others are then, they were before. */
static void one_frame(struct cascade *cascade, unsigned int index)
{
	bool early[STAGES] = { false };
	unsigned int i;

	for (i = 0; i < STAGES; i++)
		must(copy_feed(&cascade->stage[i], index), "QBUF OUTPUT");
	for (i = STAGES - 1; i; i--) {
		if (!m2m_wait(&cascade->stage[i].m2m, cascade->limit))
			ksft_exit_fail_msg("stage %u is not done\n", i);
		early[i] = !is_done(&cascade->stage[i - 1]);
	}
	if (!m2m_wait(&cascade->stage[0].m2m, cascade->limit))
		ksft_exit_fail_msg("the first stage is not done\n");
	for (i = 1; i < STAGES; i++)
		print_link(cascade, i, index, early[i]);
	for (i = 0; i < STAGES; i++) {
		struct copy *copy = &cascade->stage[i];

		must(copy_finish(copy, index), "job");
		must(m2m_qbuf(&copy->m2m.capture, index, NULL), "QBUF CAPTURE");
	}
}

int main(int argc, char **argv)
{
	static struct cascade cascade;
	struct copy_options options = {
		.driver = "vdpu-mpeg2",
		.depth = 2,
		.msec = 100,
	};
	struct copy_options second = {
		.driver = "rockchip-rga",
		.format = "NV12",
		.to = "RGB565",
		.msec = 40,
	};
	struct copy_options third = { .driver = "vim2m", .msec = 40 };
	__u64 frames = 6;
	const struct arg args[] = {
		{ .name = "frames", .number = &frames },
		{ .name = "second", .word = &second.driver },
		{ .name = "second-format", .word = &second.format },
		{ .name = "second-to", .word = &second.to },
		{ .name = "second-ms", .number = &second.msec },
		{ .name = "third", .word = &third.driver },
		{ .name = "third-ms", .number = &third.msec },
	};
	unsigned int i;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	third.format = second.to;
	workload_open(&cascade.stage[0], &options);
	open_stage(&cascade, 1, &second);
	open_stage(&cascade, 2, &third);
	for (i = 0; i < STAGES; i++)
		cascade.limit += cascade.stage[i].job + COPY_PATIENCE;

	ksft_set_plan(2);
	for (i = 0; i < STAGES; i++)
		must(copy_start(&cascade.stage[i]), "start");
	while (cascade.stage[0].frame < frames)
		one_frame(&cascade, cascade.stage[0].frame % cascade.stage[0].depth);
	ksft_print_msg("%u of %u links were heeded\n", cascade.right,
		       (unsigned int)frames * (STAGES - 1));
	ksft_test_result(cascade.stage[STAGES - 1].frame == frames, "cascade.frames\n");
	ksft_test_result(!cascade.stage[0].wrong_pictures, "cascade.first\n");
	for (i = STAGES; i; i--)
		copy_close(&cascade.stage[i - 1]);
	ksft_finished();
}
