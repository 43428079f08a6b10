// SPDX-License-Identifier: GPL-2.0-only
/*
 * Somebody puts a fence on a buffer and never signals it, or not before long
 * after. Whoever stops the stream, closes the file or is killed meanwhile must
 * come away from that, and a stream that is started anew must work. At the end he
 * signals at last, when what he held up is gone.
 *
 * A second file of the device is not held up by a job of the first that waits.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/dma-buf.h>

#include "kselftest.h"

#include "args.h"
#include "call.h"
#include "copy.h"
#include "driver.h"
#include "must.h"
#include "observe.h"
#include "workload.h"

/* How long a job waits before its stream is stopped. */
#define WAITS		(100 * NSEC_PER_MSEC)

enum how {
	STREAMOFF_OUTPUT,
	STREAMOFF_CAPTURE,
	REQBUFS,
	CLOSE,
	KILL,
	HOWS,
	/* Only if it is asked for: not every driver bears to go under a file that is open. */
	UNBIND = HOWS,
};

struct patience {
	struct copy copy;
	struct copy_options options;
	/* Of whom the fences are; they outlive every stream. */
	struct foreign foreign;
	unsigned int instance;
	unsigned int stopped;
	unsigned int again;
};

static const char *how_name(enum how how)
{
	static const char * const names[] = {
		[STREAMOFF_OUTPUT] = "streamoff-output",
		[STREAMOFF_CAPTURE] = "streamoff-capture",
		[REQBUFS] = "reqbufs",
		[CLOSE] = "close",
		[KILL] = "kill",
		[UNBIND] = "unbind",
	};

	return names[how];
}

static void print_stop(const struct patience *patience, const char *name, enum how how,
		       bool source, __s64 took)
{
	struct observation seen;

	observe_begin(&seen, name);
	observe_word(&seen, "driver", patience->copy.m2m.driver);
	observe_word(&seen, "how", how_name(how));
	observe_word(&seen, "queue", source ? "output" : "capture");
	if (took >= 0)
		observe_number(&seen, "took", took);
	observe_end(&seen);
}

static void print_again(const struct patience *patience, enum how how, bool done)
{
	struct observation seen;

	observe_begin(&seen, "again");
	observe_word(&seen, "driver", patience->copy.m2m.driver);
	observe_word(&seen, "how", how_name(how));
	observe_word(&seen, "seen", done ? "done" : "timeout");
	observe_end(&seen);
}

/* A job that waits for a fence on one of its buffers. */
static void wait_for_ever(struct patience *patience, bool source)
{
	struct copy *copy = &patience->copy;
	struct m2m_queue *queue = source ? &copy->m2m.output : &copy->m2m.capture;

	must(foreign_attach_as(&patience->foreign, queue->buffer[0].plane[0].dmabuf[0],
			       source ? DMA_BUF_SYNC_WRITE : DMA_BUF_SYNC_READ), "attach");
	must(copy_start(copy), "start");
	must(copy_feed(copy, 0), "QBUF OUTPUT");
	m2m_wait(&copy->m2m, copy->job + WAITS);
}

static int stop(struct patience *patience, enum how how)
{
	struct copy *copy = &patience->copy;
	struct v4l2_requestbuffers none = {
		.memory = V4L2_MEMORY_MMAP,
	};
	int ret;

	switch (how) {
	case STREAMOFF_OUTPUT:
		return m2m_streamoff(&copy->m2m.output);
	case STREAMOFF_CAPTURE:
		return m2m_streamoff(&copy->m2m.capture);
	case REQBUFS:
		ret = m2m_streamoff(&copy->m2m.output) ?: m2m_streamoff(&copy->m2m.capture);
		none.type = copy->m2m.output.type;
		return ret ?: call_device(copy->m2m.fd, VIDIOC_REQBUFS, &none);
	default:
		m2m_close_node(&copy->m2m);
		return 0;
	}
}

/* In a process of its own, which is killed while its job waits. */
static __s64 be_killed(struct patience *patience, bool source)
{
	int ready[2], status;
	__s64 begin;
	pid_t pid;
	char byte;

	must(pipe(ready) ? -errno : 0, "pipe");
	pid = fork();
	must(pid < 0 ? -errno : 0, "fork");
	if (!pid) {
		wait_for_ever(patience, source);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	/* The child has the only descriptor of the file that matters. */
	m2m_close_node(&patience->copy.m2m);
	must(read(ready[0], &byte, 1) == 1 ? 0 : -EPIPE, "child");
	close(ready[0]);
	close(ready[1]);
	begin = clock_now();
	kill(pid, SIGKILL);
	must(waitpid(pid, &status, 0) < 0 ? -errno : 0, "wait");
	return clock_now() - begin;
}

static void reopen(struct patience *patience)
{
	workload_reopen(&patience->copy, &patience->options, ++patience->instance);
}

/* The first job of a stream that is as good as new. */
static bool works(struct patience *patience)
{
	struct copy *copy = &patience->copy;
	int ret;

	must(copy_start(copy), "start");
	must(copy_feed(copy, 0), "QBUF OUTPUT");
	ret = copy_finish(copy, 0);
	must(ret == -ETIME ? 0 : ret, "job");
	return !ret;
}

/*
 * The driver goes, and the file stays. He signals at last before it is closed, or
 * after it.
 */
static __s64 lose_driver(struct patience *patience, bool source)
{
	struct copy *copy = &patience->copy;
	__s64 begin, took;

	wait_for_ever(patience, source);
	print_stop(patience, "stopping", UNBIND, source, -1);
	begin = clock_now();
	must(driver_unbind(&copy->m2m), "unbind");
	took = clock_now() - begin;
	if (source) {
		must(foreign_signal(&patience->foreign), "signal");
		/* Whatever that wakes up has its time. */
		clock_sleep(copy->job + WAITS);
	}
	begin = clock_now();
	m2m_close_node(&copy->m2m);
	took += clock_now() - begin;
	must(driver_bind(&copy->m2m), "bind");
	return took;
}

static void one_stop(struct patience *patience, enum how how, bool source)
{
	bool done;
	__s64 took;

	if (how == KILL) {
		print_stop(patience, "stopping", how, source, -1);
		took = be_killed(patience, source);
	} else if (how == UNBIND) {
		took = lose_driver(patience, source);
	} else {
		wait_for_ever(patience, source);
		print_stop(patience, "stopping", how, source, -1);
		took = clock_now();
		must(stop(patience, how), how_name(how));
		took = clock_now() - took;
	}
	print_stop(patience, "stopped", how, source, took);
	patience->stopped++;
	/* At last; what it was for is gone. */
	must(foreign_signal(&patience->foreign), "signal");
	copy_close(&patience->copy);
	reopen(patience);
	done = works(patience);
	print_again(patience, how, done);
	patience->again += done;
	copy_close(&patience->copy);
	reopen(patience);
}

/* The job of one file waits, and another file has one, too. */
static bool beside(struct patience *patience)
{
	static struct copy other;
	struct observation seen;
	const char *what;
	bool done;
	int ret;

	wait_for_ever(patience, true);
	ret = copy_open(&other, &patience->options, &what);
	must(ret, what);
	other.m2m.instance = ++patience->instance;
	must(copy_start(&other), "start of the other file");
	must(copy_feed(&other, 0), "QBUF OUTPUT of the other file");
	ret = copy_finish(&other, 0);
	must(ret == -ETIME ? 0 : ret, "job of the other file");
	done = !ret;
	observe_begin(&seen, "beside");
	observe_word(&seen, "driver", other.m2m.driver);
	observe_word(&seen, "seen", done ? "done" : "timeout");
	observe_end(&seen);
	copy_close(&other);
	must(foreign_signal(&patience->foreign), "signal");
	return done;
}

int main(int argc, char **argv)
{
	static struct patience patience;
	unsigned int how, end, stops = 0;
	__u64 unbind = 0;
	const struct arg args[] = {
		{ .name = "unbind", .number = &unbind },
	};
	bool done;

	patience.options = (struct copy_options){
		.driver = "vim2m",
		.depth = 2,
		.msec = 20,
	};
	workload_begin(&patience.options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(&patience.copy, &patience.options);
	must(foreign_open(&patience.foreign), "sw_sync");

	ksft_set_plan(3);
	how = unbind ? UNBIND : 0;
	end = unbind ? UNBIND + 1 : HOWS;
	for (; how < end; how++) {
		one_stop(&patience, how, true);
		one_stop(&patience, how, false);
		stops += 2;
	}
	done = beside(&patience);
	copy_close(&patience.copy);
	foreign_close(&patience.foreign);

	ksft_test_result(patience.stopped == stops, "patience.stops\n");
	ksft_test_result(patience.again == stops, "patience.again\n");
	ksft_test_result(done, "patience.beside\n");
	ksft_finished();
}
