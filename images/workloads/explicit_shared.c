// SPDX-License-Identifier: GPL-2.0-only
/*
 * Others have the fence of a job, too: who copies it, is sent it or was forked with
 * it, and whoever finds it on the dma-buf of the picture, where it was put by hand.
 */
#include <errno.h>
#include <unistd.h>
#include <sys/wait.h>
#include <linux/dma-buf.h>

#include "kselftest.h"

#include "args.h"
#include "call.h"
#include "fenced.h"
#include "foreign.h"
#include "handover.h"
#include "observe.h"

/* What a child answers: what it was told of its copy, and one more than that. */
#define TOLD(status)	((status) + 1)
#define UNTOLD		0xff

/* What is told of a copy by the time that all of them have signaled; 0: it has not. */
static int told(int sync_file)
{
	struct fence fence;

	if (fence_wait(sync_file, FENCED_PATIENCE) <= 0 || fence_read(sync_file, &fence))
		return 0;
	return fence.status;
}

/* A child that has a copy, and its answer. */
static pid_t fork_with(int out)
{
	pid_t pid = fenced_fork();

	if (!pid)
		_exit(TOLD(told(out)));
	return pid;
}

static pid_t fork_and_send(int out)
{
	int sockets[2], fd;
	char word = 0;
	pid_t pid;

	must(handover_pair(sockets), "socketpair");
	pid = fenced_fork();
	if (!pid) {
		close(out);
		if (handover_receive(sockets[1], &word, sizeof(word), &fd, 1))
			_exit(UNTOLD);
		_exit(TOLD(told(fd)));
	}
	must(handover_send(sockets[0], &word, sizeof(word), &out, 1), "SCM_RIGHTS");
	close(sockets[0]);
	close(sockets[1]);
	return pid;
}

static int answer(pid_t pid)
{
	int status;

	must(waitpid(pid, &status, 0) < 0 ? -errno : 0, "waitpid");
	if (!WIFEXITED(status) || WEXITSTATUS(status) == UNTOLD)
		return 0;
	return WEXITSTATUS(status) - TOLD(0);
}

static void print_copy(const struct copy *copy, const char *how, int status, int original)
{
	struct observation seen;

	observe_begin(&seen, "copied");
	observe_word(&seen, "driver", copy->m2m.driver);
	observe_word(&seen, "how", how);
	observe_number(&seen, "status", status);
	observe_number(&seen, "original", original);
	observe_end(&seen);
}

/* All are made while the fence is pending. */
static void copied(struct copy *copy)
{
	struct foreign foreign;
	int in, out, copied_out, original;
	pid_t forked, sent;

	must(foreign_open(&foreign), "sw_sync");
	in = foreign_fence(&foreign);
	out = fenced_job(copy, 0, FLAG_IN_FENCE, in);
	close(in);
	copied_out = dup(out);
	must(copied_out < 0 ? -errno : 0, "dup");
	forked = fork_with(out);
	sent = fork_and_send(out);
	must(foreign_signal(&foreign), "sw_sync");
	original = told(out);
	print_copy(copy, "dup", told(copied_out), original);
	print_copy(copy, "fork", answer(forked), original);
	print_copy(copy, "sent", answer(sent), original);
	close(copied_out);
	must(copy_finish(copy, 0), "job");
	fenced_ask_again(out);
	foreign_close(&foreign);
	fenced_restart(copy);
}

static int dmabuf_of(struct copy *copy, unsigned int index)
{
	return copy->m2m.capture.buffer[index].plane[0].dmabuf[0];
}

/* What a writer would have to wait for. */
static int exported(struct copy *copy)
{
	int sync_file = fence_export(dmabuf_of(copy, 0), DMA_BUF_SYNC_RW);

	must(sync_file, "EXPORT_SYNC_FILE");
	fenced_ask(sync_file);
	return sync_file;
}

static void print_reservation(const struct copy *copy, int sync_file)
{
	struct observation seen;
	struct fence fence;

	must(fence_read(sync_file, &fence), "FILE_INFO");
	observe_begin(&seen, "reservation");
	observe_word(&seen, "driver", copy->m2m.driver);
	observe_number(&seen, "status", fence.status);
	observe_end(&seen);
}

static void put(struct copy *copy, int out)
{
	struct dma_buf_import_sync_file import = { .flags = DMA_BUF_SYNC_WRITE, .fd = out };

	must(call_device(dmabuf_of(copy, 0), DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &import),
	     "IMPORT_SYNC_FILE");
}

/*
 * Nobody finds the fence on the dma-buf, unless the program puts it there; then who asked
 * before is not told of what comes later.
 */
static void reserved(struct copy *copy)
{
	struct foreign first, second;
	int in, out, later, without, with;

	must(foreign_open(&first), "sw_sync");
	must(foreign_open(&second), "sw_sync");
	in = foreign_fence(&first);
	out = fenced_job(copy, 0, FLAG_IN_FENCE, in);
	close(in);
	without = exported(copy);
	print_reservation(copy, without);
	put(copy, out);
	with = exported(copy);
	in = foreign_fence(&second);
	later = fenced_job(copy, 1, FLAG_IN_FENCE, in);
	close(in);
	put(copy, later);
	fenced_ask(without);
	fenced_ask(with);
	must(foreign_signal(&first), "sw_sync");
	/* The fence of the later job is pending. */
	must(fence_wait(with, FENCED_PATIENCE), "poll of a sync_file");
	fenced_ask_again(with);
	fenced_ask_again(without);
	must(foreign_signal(&second), "sw_sync");
	must(copy_finish(copy, 0), "job");
	must(copy_finish(copy, 1), "job");
	fenced_ask_again(out);
	fenced_ask_again(later);
	foreign_close(&first);
	foreign_close(&second);
	fenced_restart(copy);
}

int main(int argc, char **argv)
{
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 20,
	};
	static struct copy copy;

	fenced_begin(&copy, &options, argc, argv);
	copied(&copy);
	reserved(&copy);
	fenced_end(&copy, 0);
}
