// SPDX-License-Identifier: GPL-2.0-only
/*
 * A display shows the pictures: vkms imports the buffers, and an atomic commit
 * waits, in the kernel, for the fences that it finds in them. Nobody asks in
 * user space: this is implicit synchronisation as a desktop has it.
 *
 * The picture on the screen comes back through the writeback connector, and
 * every byte of it is compared.
 */
#include <errno.h>
#include <unistd.h>

#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "fence.h"
#include "kms.h"
#include "must.h"
#include "workload.h"

/* What was on the screen. */
static __u16 shot[640 * 480];

static void set_up(struct copy *copy, struct kms *kms)
{
	const struct m2m_format *format = &copy->format;
	unsigned int i;
	int ret;

	ret = kms_open(kms, "vkms", format->width, format->height);
	if (ret == -ENODEV)
		ksft_exit_skip("there is no vkms with writeback\n");
	must(ret, "vkms");
	if (format->sizeimage[0] > sizeof(shot))
		ksft_exit_fail_msg("the producer's pictures have %u bytes\n", format->sizeimage[0]);
	for (i = 0; i < copy->depth; i++)
		must(kms_import(kms, i, copy->m2m.capture.buffer[i].plane[0].dmabuf[0],
				format->bytesperline[0]), "import");
	must(kms_light(kms), "mode");
}

/* Returns whether the picture came on the screen. */
static bool one_frame(struct copy *copy, struct kms *kms)
{
	unsigned int index = copy->frame % copy->depth;
	int msec = (copy->job + COPY_PATIENCE) / NSEC_PER_MSEC;
	struct consumer_waiter waiter = { .api = CONSUMER_SCANOUT };
	struct picture picture;
	int written;

	must(copy_feed(copy, index), "QBUF OUTPUT");
	copy_ask_once(copy, index);
	consumer_subject(&waiter.subject, &copy->m2m, &copy->m2m.capture, index, 0, 0);
	waiter.begin = clock_now();
	written = kms_flip(kms, index);
	must(written, "commit");
	copy_look_again(copy);
	waiter.end = kms_flipped(kms, msec);
	waiter.woken = waiter.end && fence_wait(written, msec) == 1;
	close(written);
	kms_read(kms, shot);
	picture_look(&picture, shot, copy->format.sizeimage[0], copy->seed,
		     copy->frame, copy_before(copy, copy->frame));
	copy_label_wait(copy, &waiter);
	copy_print_dequeueable(copy, index, clock_now());
	consumer_wait_print(&waiter);
	if (waiter.woken)
		copy_print_pixels(copy, index, "signal", &picture);
	must(copy_finish(copy, index), "job");
	must(m2m_qbuf(&copy->m2m.capture, index, NULL), "QBUF CAPTURE");
	return waiter.woken;
}

int main(int argc, char **argv)
{
	static struct copy copy;
	static struct kms kms;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 100,
	};
	__u64 frames = 6;
	const struct arg args[] = {
		{ .name = "frames", .number = &frames },
	};
	unsigned int shown = 0;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(&copy, &options);
	set_up(&copy, &kms);

	ksft_set_plan(4);
	must(copy_start(&copy), "start");
	while (copy.frame < frames)
		shown += one_frame(&copy, &kms);
	kms_close(&kms);
	copy_close(&copy);

	workload_report(&copy);
	ksft_test_result(shown == frames, "display.shows\n");
	ksft_finished();
}
