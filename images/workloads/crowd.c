// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pictures in several planes, each with a reservation object of its own, and
 * other processes that lock these all the time, one after the other, in opposite
 * orders. A driver that publishes on one plane and then waits for the lock of the
 * next would make whoever holds that lock wait for a fence in vain.
 *
 * No process can hold a reservation lock when it returns from the kernel, and no
 * ioctl that there is for dma-bufs waits for a fence with the lock held. So what
 * is here is contention: locks that are taken when the driver wants them.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <linux/dma-buf.h>

#include "kselftest.h"

#include "args.h"
#include "call.h"
#include "copy.h"
#include "must.h"
#include "workload.h"

#define RIVALS	2

/*
 * So that others get a turn, too. A fifth of this, and now and then nobody can
 * ask about a job before it ends; the locks are contended hardly less.
 */
#define BREATH	(100 * NSEC_PER_USEC)

/* Each of these takes the lock: one to add a fence, the other to look for one. */
static void lock_twice(int dmabuf, int sync_file)
{
	struct dma_buf_import_sync_file import = { .flags = DMA_BUF_SYNC_READ, .fd = sync_file };
	struct pollfd poll_fd = { .fd = dmabuf, .events = POLLIN | POLLOUT };

	if (call_device(dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &import))
		_exit(1);
	poll(&poll_fd, 1, 0);
}

static void rival(const struct copy *copy, int sync_file, bool backwards)
{
	unsigned int i, plane, planes = copy->format.planes;
	const struct m2m_buffer *buffer = copy->m2m.capture.buffer;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		for (i = 0; i < copy->depth; i++) {
			for (plane = 0; plane < planes; plane++)
				lock_twice(buffer[i].plane[backwards ? planes - 1 - plane : plane]
					   .dmabuf[0], sync_file);
		}
		clock_sleep(BREATH);
	}
}

static void start_rivals(const struct copy *copy, pid_t *pid)
{
	struct foreign foreign;
	int sync_file, i;

	must(foreign_open(&foreign), "sw_sync");
	sync_file = foreign_fence(&foreign);
	must(sync_file, "sw_sync");
	must(foreign_signal(&foreign), "sw_sync");
	for (i = 0; i < RIVALS; i++) {
		pid[i] = fork();
		must(pid[i] < 0 ? -errno : 0, "fork");
		if (!pid[i])
			rival(copy, sync_file, i % 2);
	}
	close(sync_file);
	foreign_close(&foreign);
}

/* How many were there to the end. */
static unsigned int end_rivals(const pid_t *pid)
{
	unsigned int lived = 0;
	int i, status;

	for (i = 0; i < RIVALS; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], &status, 0);
		lived += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	}
	return lived;
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "rockchip-rga",
		.foreign = "signaled",
		.format = "NV12M",
		.depth = 2,
		.msec = 40,
	};
	__u64 frames = 12;
	const struct arg args[] = {
		{ .name = "frames", .number = &frames },
	};
	pid_t pid[RIVALS];
	unsigned int lived;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(&copy, &options);

	ksft_set_plan(4);
	start_rivals(&copy, pid);
	must(copy_start(&copy), "start");
	while (copy.frame < frames)
		workload_frame(&copy);
	lived = end_rivals(pid);
	copy_close(&copy);

	workload_report(&copy);
	ksft_test_result(lived == RIVALS, "rivals\n");
	ksft_finished();
}
