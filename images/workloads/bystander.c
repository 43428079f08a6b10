// SPDX-License-Identifier: GPL-2.0-only
/*
 * What dma-bufs and sync_files promise to those who have no device: fences of
 * two timelines, merged, that nobody listens to; fences of one timeline put on
 * a dma-buf in the wrong order; accesses of the CPU that are announced in each
 * direction, and some that are none.
 */
#include <string.h>
#include <unistd.h>
#include <linux/dma-buf.h>
#include <linux/sync_file.h>

#include "kselftest.h"

#include "args.h"
#include "call.h"
#include "exporter.h"
#include "fence.h"
#include "foreign.h"
#include "must.h"

#define SIZE		(64 * 1024)

static void ask(int sync_file)
{
	struct sync_file_info info = { 0 };
	struct fence fence;

	must(fence_read(sync_file, &fence), "FILE_INFO");
	/* Without room for the fences, of all of them together. */
	must(call_device(sync_file, SYNC_IOC_FILE_INFO, &info), "FILE_INFO");
}

static void merge_unheard(void)
{
	struct foreign one, other;
	int fence[2], merged;

	must(foreign_open(&one), "sw_sync");
	must(foreign_open(&other), "sw_sync");
	fence[0] = foreign_fence(&one);
	fence[1] = foreign_fence(&other);
	must(fence[0], "fence");
	must(fence[1], "fence");
	merged = fence_merge(fence[0], fence[1]);
	must(merged, "merge");
	ask(merged);
	must(foreign_signal(&one), "signal");
	ask(merged);
	must(foreign_signal(&other), "signal");
	ask(merged);
	must(fence_wait(merged, 0), "poll");
	ask(merged);
	close(merged);
	close(fence[0]);
	close(fence[1]);
	foreign_close(&one);
	foreign_close(&other);
}

static void put(int dmabuf, int sync_file)
{
	struct dma_buf_import_sync_file import = { .flags = DMA_BUF_SYNC_RW, .fd = sync_file };

	must(call_device(dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &import), "import");
}

/* The later fence of a timeline stands, whichever came first. */
static void put_backwards(int dmabuf)
{
	struct foreign foreign;
	int early, late, all;

	must(foreign_open(&foreign), "sw_sync");
	early = foreign_fence(&foreign);
	late = foreign_fence(&foreign);
	must(early, "fence");
	must(late, "fence");
	put(dmabuf, late);
	put(dmabuf, early);
	/* Only the first one. */
	foreign.fences--;
	must(foreign_signal(&foreign), "signal");
	foreign.fences++;
	all = fence_export(dmabuf, DMA_BUF_SYNC_RW);
	must(all, "export");
	ask(all);
	ask(late);
	must(foreign_signal(&foreign), "signal");
	ask(all);
	close(all);
	close(early);
	close(late);
	foreign_close(&foreign);
}

static void announce(int dmabuf, __u64 flags)
{
	struct dma_buf_sync sync = { .flags = flags };

	call_device(dmabuf, DMA_BUF_IOCTL_SYNC, &sync);
}

/* What is announced first is what the dma-buf remembers. */
static void announce_all(const char *from)
{
	static const __u64 directions[] = {
		DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE, DMA_BUF_SYNC_RW,
	};
	unsigned int i, j;
	int dmabuf;

	for (i = 0; i < ARRAY_SIZE(directions); i++) {
		dmabuf = exporter_allocate(from, SIZE);
		must(dmabuf, from);
		for (j = 0; j < ARRAY_SIZE(directions); j++) {
			__u64 direction = directions[(i + j) % ARRAY_SIZE(directions)];

			announce(dmabuf, DMA_BUF_SYNC_START | direction);
			announce(dmabuf, DMA_BUF_SYNC_END | direction);
		}
		/* Neither reads nor writes, and no flag. */
		announce(dmabuf, DMA_BUF_SYNC_START);
		announce(dmabuf, ~0ULL);
		close(dmabuf);
	}
}

int main(int argc, char **argv)
{
	static const char * const exporters[] = { "udmabuf", "system", "cma" };
	const char *driver = "";
	const struct arg args[] = {
		{ .name = "driver", .word = &driver },
		{ .name = "seed", .number = &(__u64){ 0 } },
	};
	unsigned int i;
	int dmabuf;

	ksft_print_header();
	if (args_parse(argc, argv, args, ARRAY_SIZE(args)))
		ksft_exit_fail_msg("bad options\n");

	ksft_set_plan(1);
	merge_unheard();
	dmabuf = exporter_allocate("system", SIZE);
	must(dmabuf, "dma-buf");
	put_backwards(dmabuf);
	close(dmabuf);
	for (i = 0; i < ARRAY_SIZE(exporters); i++)
		announce_all(exporters[i]);

	ksft_test_result_pass("calls.made\n");
	ksft_finished();
}
