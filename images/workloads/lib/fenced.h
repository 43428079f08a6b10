/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What workloads on explicit fences have in common. In a header: kselftest.h counts
 * per file.
 */
#ifndef M2M_FENCED_H
#define M2M_FENCED_H

#include <errno.h>
#include <unistd.h>

#include "kselftest.h"

#include "explicit.h"
#include "fence.h"
#include "must.h"
#include "record.h"
#include "workload.h"

/* Whoever waits longer for a fence waits for nothing; milliseconds. */
#define FENCED_PATIENCE	3000

/* So long a job is given to start that must not. */
#define FENCED_TEMPTATION	(100 * NSEC_PER_MSEC)

static inline struct m2m_queue *output_of(struct copy *copy)
{
	return &copy->m2m.output;
}

static inline struct m2m_queue *capture_of(struct copy *copy)
{
	return &copy->m2m.capture;
}

/* All calls are made here one after the other, also where they do the job. */
static inline void fenced_unthread(struct copy *copy)
{
	static struct device device;

	device = *copy->device;
	device.blocks = false;
	copy->device = &device;
}

/* As workload_open(), workload_reopen(). */
static inline void fenced_open(struct copy *copy, const struct copy_options *options)
{
	workload_open(copy, options);
	fenced_unthread(copy);
}

static inline void fenced_reopen(struct copy *copy, const struct copy_options *options)
{
	workload_reopen(copy, options, copy->m2m.instance + 1);
	fenced_unthread(copy);
}

/* Opens the device that the arguments name, and starts the stream. */
static inline void fenced_begin(struct copy *copy, struct copy_options *options, int argc,
				char **argv)
{
	workload_begin(options, argc, argv, NULL, 0);
	fenced_open(copy, options);
	ksft_set_plan(2);
	must(explicit_start(copy), "STREAMON");
}

/* @wrong: pictures of files that were closed. */
static inline void fenced_end(struct copy *copy, unsigned int wrong)
{
	ksft_test_result(!wrong && !copy_wrong(copy), "capture.streams\n");
	ksft_test_result_pass("capture.fences\n");
	copy_close(copy);
	ksft_finished();
}

/* The fence that VIDIOC_QBUF has given. */
static inline int fenced_out(struct m2m_queue *queue, unsigned int index)
{
	struct fence fence;
	int fd = explicit_answer(queue, index);

	must(fd < 0 ? -EBADF : fence_read(fd, &fence), "out-fence");
	return fd;
}

static inline void fenced_ask(int out)
{
	struct fence fence;

	must(fence_read(out, &fence), "FILE_INFO");
}

/* For the last time. */
static inline void fenced_ask_again(int out)
{
	fenced_ask(out);
	close(out);
}

/* A consumer reads the picture when it is told to, and nobody has dequeued it. */
static inline void fenced_consume(struct copy *copy, unsigned int index, int out)
{
	struct picture picture;

	must(fence_wait(out, FENCED_PATIENCE), "poll of a fence");
	fenced_ask(out);
	copy_look(copy, &capture_of(copy)->buffer[index], copy->frame, &picture);
	copy_print_pixels(copy, index, "signal", &picture);
}

/* The device has nothing to do as long as a fence is pending. */
static inline void fenced_tempt(const struct copy *copy, int out)
{
	m2m_wait(&copy->m2m, FENCED_TEMPTATION);
	fenced_ask(out);
}

/*
 * Both buffers come back, whatever is in them; the fence of the job is asked when the
 * picture is back, and then no more.
 */
static inline void fenced_take_back(struct copy *copy, int out)
{
	struct m2m_done done;

	must(m2m_wait(&copy->m2m, copy->job + COPY_PATIENCE) ? 0 : -ETIME, "job");
	must(m2m_dqbuf(&copy->m2m.capture, &done), "DQBUF CAPTURE");
	fenced_ask_again(out);
	must(m2m_dqbuf_fed(&copy->m2m, &done), "DQBUF OUTPUT");
}

static inline void fenced_restart(struct copy *copy)
{
	must(explicit_stop(copy), "STREAMOFF");
	must(explicit_start(copy), "STREAMON");
}

/* The child has all descriptors of its parent. */
static inline pid_t fenced_fork(void)
{
	struct record *record = record_begin(RECORD_FORK, -1, 0, NULL, 0, 0);
	pid_t pid = fork();

	if (pid)
		record_end(record, pid < 0 ? -errno : pid, NULL, 0);
	must(pid < 0 ? -errno : 0, "fork");
	return pid;
}

/* A job is complete, and has a fence; its picture is the next one, in buffer @index. */
static inline int fenced_job(struct copy *copy, unsigned int index, __u32 flags, int in)
{
	must(explicit_qbuf(&copy->m2m.capture, index, 0, 0), "QBUF CAPTURE");
	must(explicit_feed(copy, index, FLAG_OUT_FENCE | flags, in), "QBUF OUTPUT");
	return fenced_out(&copy->m2m.output, index);
}

#endif
