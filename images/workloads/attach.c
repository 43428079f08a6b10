// SPDX-License-Identifier: GPL-2.0-only
/*
 * A GPU works on the buffers, too: vgem attaches fences of its own to the
 * memory that a mem2mem device fills.
 *
 * vgem refuses with -EBUSY while somebody else writes to the memory (or, if it
 * wants to write, while somebody reads), so it is asked before, during and
 * after the job. What it attaches before the job is left pending: whether the
 * producer waits for it is reported.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <drm/vgem_drm.h>

#include "kselftest.h"

#include "args.h"
#include "call.h"
#include "card.h"
#include "copy.h"
#include "must.h"
#include "observe.h"
#include "workload.h"

struct attach {
	struct copy copy;
	int card;
	__u32 handle[COPY_DEPTH_MAX];
	unsigned int errors;
	/* The device waits for the fences of others. */
	bool waits;
};

/* The number of a pending fence, or a negative errno. */
static int fence_attach(const struct attach *attach, unsigned int index, __u32 flags)
{
	struct drm_vgem_fence_attach fence = { .handle = attach->handle[index], .flags = flags };
	int ret = call_device(attach->card, DRM_IOCTL_VGEM_FENCE_ATTACH, &fence);

	return ret ?: (int)fence.out_fence;
}

static int fence_signal(const struct attach *attach, int fence)
{
	struct drm_vgem_fence_signal signal = { .fence = fence };

	return call_device(attach->card, DRM_IOCTL_VGEM_FENCE_SIGNAL, &signal);
}

struct question {
	struct consumer_subject subject;
	__u32 flags;
	int answer;
	__s64 begin;
	__s64 end;
};

static void ask(struct attach *attach, unsigned int index, __u32 flags, struct question *question)
{
	struct copy *copy = &attach->copy;

	consumer_subject(&question->subject, &copy->m2m, &copy->m2m.capture, index, 0, 0);
	question->flags = flags;
	question->begin = clock_now();
	question->answer = fence_attach(attach, index, flags);
	question->end = clock_now();
	/* It was only a question: nobody is to wait for us. */
	if (question->answer > 0)
		must(fence_signal(attach, question->answer), "signal");
	attach->errors += question->answer < 0 && question->answer != -EBUSY;
}

static void print(const struct question *question, const char *state)
{
	struct observation seen;

	observe_begin(&seen, "probe");
	consumer_add_subject(&seen, &question->subject);
	observe_word(&seen, "state", state);
	observe_word(&seen, "api", question->flags ? "attach-write" : "attach-read");
	if (question->answer < 0 && question->answer != -EBUSY) {
		observe_word(&seen, "seen", "error");
		observe_number(&seen, "errno", -question->answer);
	} else {
		observe_word(&seen, "seen", question->answer < 0 ? "busy" : "ready");
	}
	observe_number(&seen, "begin", question->begin);
	observe_number(&seen, "end", question->end);
	observe_end(&seen);
}

static void ask_both(struct attach *attach, unsigned int index, const char *state)
{
	struct question question[2];

	ask(attach, index, 0, &question[0]);
	ask(attach, index, VGEM_FENCE_WRITE, &question[1]);
	print(&question[0], state);
	print(&question[1], state);
}

/* During the job: what was asked counts if the job still runs after it. */
static void ask_active(struct attach *attach, unsigned int index)
{
	struct copy *copy = &attach->copy;
	struct question question[2];
	bool runs;

	clock_sleep_until(copy->started + copy->job / 2);
	ask(attach, index, 0, &question[0]);
	ask(attach, index, VGEM_FENCE_WRITE, &question[1]);
	runs = !m2m_wait(&copy->m2m, 0);
	copy->uncertain += !runs;
	print(&question[0], runs ? "active" : "unsure");
	print(&question[1], runs ? "active" : "unsure");
}

static void one_frame(struct attach *attach)
{
	struct copy *copy = &attach->copy;
	unsigned int index = copy->frame % copy->depth;

	ask_both(attach, index, "queued");
	must(copy_feed(copy, index), "QBUF OUTPUT");
	ask_active(attach, index);
	must(copy_finish(copy, index), "job");
	ask_both(attach, index, "done");
	must(m2m_qbuf(&copy->m2m.capture, index, NULL), "QBUF CAPTURE");
}

/* The GPU draws into the buffer, or reads it, when the job is committed. */
static void one_frame_too_many(struct attach *attach, __u32 flags)
{
	struct copy *copy = &attach->copy;
	unsigned int index = copy->frame % copy->depth;
	struct m2m_plane *plane = &copy->m2m.capture.buffer[index].plane[0];
	struct consumer_subject subject;
	struct observation seen;
	int fence;

	fence = fence_attach(attach, index, flags);
	must(fence, "attach");
	/* To a read fence only writers wait, and no probe asks as a writer. */
	plane->foreign = "pending";
	must(copy_feed(copy, index), "QBUF OUTPUT");
	if (!attach->waits)
		copy_ask(copy, index);
	consumer_subject(&subject, &copy->m2m, &copy->m2m.capture, index, 0, 0);
	observe_begin(&seen, "in-fence");
	consumer_add_subject(&seen, &subject);
	observe_word(&seen, "api", flags ? "attach-write" : "attach-read");
	observe_word(&seen, "seen",
		     m2m_wait(&copy->m2m, copy->job + WORKLOAD_WATCHED) ? "ignored" : "respected");
	observe_end(&seen);
	if (attach->waits) {
		must(fence_signal(attach, fence), "signal");
		plane->foreign = "signaled";
		copy->started = clock_now();
		copy_ask(copy, index);
	}
	must(copy_finish(copy, index), "job");
	if (!attach->waits)
		must(fence_signal(attach, fence), "signal");
	plane->foreign = "signaled";
	must(m2m_qbuf(&copy->m2m.capture, index, NULL), "QBUF CAPTURE");
}

int main(int argc, char **argv)
{
	static struct attach attach;
	struct copy_options options = {
		.driver = "vim2m",
		.from = "vgem",
		.depth = 2,
		.msec = 40,
	};
	__u64 frames = 4;
	const struct arg args[] = {
		{ .name = "frames", .number = &frames },
	};
	struct copy *copy = &attach.copy;
	unsigned int i;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(copy, &options);
	attach.card = card_open("vgem");
	must(attach.card, "vgem");
	for (i = 0; i < copy->depth; i++)
		must(card_import(attach.card, copy->m2m.capture.buffer[i].plane[0].dmabuf[0],
				 &attach.handle[i]), "handle");

	ksft_set_plan(4);
	must(copy_start(copy), "start");
	while (copy->frame < frames)
		one_frame(&attach);
	attach.waits = workload_waits(copy, copy->frame % copy->depth);
	one_frame_too_many(&attach, 0);
	one_frame_too_many(&attach, VGEM_FENCE_WRITE);
	copy_close(copy);
	close(attach.card);

	workload_report(copy);
	ksft_test_result(!attach.errors, "vgem.answers\n");
	ksft_finished();
}
