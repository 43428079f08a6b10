/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A mem2mem device whose jobs have a known length and a known result, run one
 * at a time: a picture is fed when the device is idle, and what is asked while
 * its job runs is told apart from the rest. What is particular to a driver is in
 * device.h.
 */
#ifndef M2M_COPY_H
#define M2M_COPY_H

#include <pthread.h>
#include <stdbool.h>
#include <linux/types.h>

#include "args.h"
#include "clock.h"
#include "conversion.h"
#include "device.h"
#include "foreign.h"
#include "m2m.h"
#include "picture.h"
#include "session.h"

/* What a job may take beyond its time: timers are late, never early. */
#define COPY_PATIENCE	(2 * NSEC_PER_SEC)

/* Moments within a job at which its buffer is asked about, in parts of the job. */
#define COPY_PARTS	4

#define COPY_DEPTH_MAX	8

struct copy_options {
	/* A name that device_find() knows. */
	const char *driver;
	/* Where CAPTURE memory is from: "expbuf", which is NULL too, or as exporter.h calls it. */
	const char *from;
	/* Whether somebody else's fence is there: "none", as NULL is, "signaled", "pending". */
	const char *foreign;
	/*
	 * Of device_copier; the size of decoders, too. Names of formats; NULL: RGB565, and
	 * the same as @format. 0: 320, 240, and as @format. Then the controls of the driver;
	 * 0: untouched.
	 */
	const char *format;
	const char *to;
	__u64 width;
	__u64 height;
	__u64 to_width;
	__u64 to_height;
	__u64 hflip;
	__u64 vflip;
	__u64 rotate;
	__u64 bt709;
	/* The RGA3 turns RGB into YUV of the full range, if nobody says more. */
	__u64 full;
	/* Of decoders: how many pictures a group has (group.h). */
	__u64 group;
	/* Memory is read between the two calls of DMA_BUF_IOCTL_SYNC that dma-bufs ask for. */
	__u64 announce;
	unsigned int depth;
	__u64 msec;
	__u64 seed;
	/* OUTPUT buffers are these dma-bufs, plane by plane; NULL: memory of the driver. */
	const int *input;
	/* Called when the device was opened, or was not; NULL: nothing is. */
	void (*opened)(void);
};

/* The call that starts a job, where it does not return before the job has ended. */
struct copy_call {
	struct copy *copy;
	unsigned int index;
	/* Made one after the other: the one before it, or NULL. */
	struct copy_call *before;
	pthread_t thread;
	bool running;
	__s64 begin;
	__s64 end;
	int ret;
};

struct copy {
	struct m2m m2m;
	struct copy_options options;
	const struct device *device;
	/* Of device_copier. */
	struct conversion conversion;
	struct m2m_format output;
	/* Of CAPTURE. */
	struct m2m_format format;
	struct session session;
	struct foreign foreign;
	__u64 seed;
	unsigned int depth;
	/* A job takes at least so long. */
	__s64 job;
	/* Media requests of the OUTPUT buffers, if the driver wants them. */
	int media;
	int request[COPY_DEPTH_MAX];
	bool requested[COPY_DEPTH_MAX];
	/*
	 * The device that fills the OUTPUT buffers, and which of its pictures each CAPTURE
	 * buffer comes of; NULL: they are filled here.
	 */
	const struct copy *source;
	/* It may still be at work on them: then nobody has promised a picture. */
	bool unawaited;
	unsigned int shows[COPY_DEPTH_MAX];
	/* The driver does not number what comes back, which only the host holds against it. */
	bool unnumbered;
	/* How much there is in the OUTPUT buffers. */
	__u32 payload[COPY_DEPTH_MAX];
	/* Numbers of the next picture that is fed, and of the next that comes back. */
	unsigned int fed;
	unsigned int frame;
	/* V4L2_BUF_FLAG_* of the CAPTURE buffer that came back last. */
	__u32 flags;
	/* The job certainly ran from then, and still ran then; 0: it did not. */
	__s64 started;
	__s64 running;
	/* Somebody has asked about the job that was fed last. */
	bool asked;
	/* The calls of those jobs that nobody has waited for, and the last of them. */
	struct copy_call call[COPY_DEPTH_MAX];
	struct copy_call *last_call;
	/* The frame that came back last did so with V4L2_BUF_FLAG_ERROR. */
	bool failed;
	/* Of all frames that came back. */
	unsigned int errors;
	unsigned int wrong_order;
	unsigned int wrong_pictures;
	/* Frames whose jobs nobody could ask about for certain. */
	unsigned int uncertain;
};

/* How often something was wrong with the frames that came back. */
static inline unsigned int copy_wrong(const struct copy *copy)
{
	return copy->errors + copy->wrong_order + copy->wrong_pictures;
}

/* Enough frames were asked about while their jobs ran. */
static inline bool copy_was_asked(const struct copy *copy)
{
	return session_enough(copy->uncertain, copy->frame);
}

/*
 * The options of a program: its own, @args, and those above but the depth. As
 * args_parse().
 */
int copy_parse(struct copy_options *options, int argc, char **argv, const struct arg *args,
	       size_t count);

/* 0, or a negative errno and @what failed; -ENODEV: no such driver or exporter. */
int copy_open(struct copy *copy, const struct copy_options *options, const char **what);

/* Other buffers of both queues, which must not stream; without fences of others. */
int copy_reallocate(struct copy *copy, const char *from);

/* All CAPTURE buffers are queued, both queues stream, there is nothing to do. */
int copy_start(struct copy *copy);

/* Queue the next picture on OUTPUT buffer @index. */
int copy_feed(struct copy *copy, unsigned int index);

/* Ask about CAPTURE buffer @index while the job of copy_feed() fills it. */
void copy_ask(struct copy *copy, unsigned int index);

/*
 * To be called before probes are printed; copy_finish() does. If jobs run within
 * calls, wait until all have returned, and see from the times of that of CAPTURE
 * buffer @index what was asked while its job ran. Returns what that call did.
 */
int copy_settle(struct copy *copy, unsigned int index);

/* Start to wait for CAPTURE buffer @index. */
int copy_wait_start(struct copy *copy, unsigned int index, enum consumer_api api,
		    struct consumer_waiter *waiter);

/* Both buffers of the job come back, CAPTURE buffer @index is asked about and checked. */
int copy_finish(struct copy *copy, unsigned int index);

/*
 * The first job of a file that nobody asks about comes back, with its picture or
 * with an error: -EIO if the driver says so, -ETIME if it does not come, -EILSEQ
 * if it is another picture.
 */
int copy_come_back(struct copy *copy);

/* Ask once, not late in the job of copy_feed(); the sync_files stay with the session. */
void copy_ask_once(struct copy *copy, unsigned int index);

/* Sleep until the job of copy_feed() is nearly over, and note whether it still runs. */
void copy_look_again(struct copy *copy);

/* Who began to wait while the job ran, as far as that is known by now, waited for the job. */
void copy_label_wait(struct copy *copy, struct consumer_waiter *waiter);

/* Print whether CAPTURE buffer @index can be dequeued, of which a consumer was told at @begin. */
void copy_print_dequeueable(struct copy *copy, unsigned int index, __s64 begin);

/* The frame that the buffer of @frame held before, or -1. */
int copy_before(const struct copy *copy, unsigned int frame);

/*
 * Look at a CAPTURE buffer, or at a shot of one, which should show @frame. Of @copy,
 * nothing counts but the device, the seed, the depth and the formats.
 */
void copy_look_announced(const struct copy *copy, const struct m2m_buffer *buffer,
			 unsigned int frame, struct picture *picture);

/* The same, announced here if the options want it. */
void copy_look(const struct copy *copy, const struct m2m_buffer *buffer, unsigned int frame,
	       struct picture *picture);

/* Print what a consumer saw of the pixels; @at names the moment. */
void copy_print_pixels(const struct copy *copy, unsigned int index, const char *at,
		       const struct picture *picture);

/* Signal what was pending from the start, and tell the probes. */
int copy_foreign_signal(struct copy *copy);

/* STREAMOFF on both queues, give everything back. */
void copy_close(struct copy *copy);

#endif
