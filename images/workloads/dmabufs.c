// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dma-bufs and sync_files of those who have no device: memory of each exporter,
 * of sizes that fit and that do not, mapped in whole, in part, beyond its end;
 * calls that are none. Then one life of a dma-buf again and again, in which each
 * allocation fails once: what failed leaves nothing behind, and the same call
 * then works.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/sync_file.h>
#include <linux/udmabuf.h>

#include "kselftest.h"

#include "args.h"
#include "call.h"
#include "clock.h"
#include "exporter.h"
#include "fence.h"
#include "foreign.h"
#include "must.h"
#include "scarcity.h"

#define PAGE		4096
#define SIZE		(16 * PAGE)

static const char * const exporters[] = { "system", "cma", "udmabuf", "vgem" };

static void try_map(int fd, size_t size, int prot, int flags, off_t offset)
{
	char *map = mmap(NULL, size, prot, flags, fd, offset);

	if (map == MAP_FAILED)
		return;
	/* Looked at, so that its page is there. */
	asm volatile("" : : "r" (map[0]));
	munmap(map, size);
}

/* A mapping that is made longer than the dma-buf. */
static void try_grow(int fd)
{
	void *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	void *grown;

	if (map == MAP_FAILED)
		return;
	grown = mremap(map, SIZE, 2 * SIZE, MREMAP_MAYMOVE);
	munmap(grown == MAP_FAILED ? map : grown, grown == MAP_FAILED ? SIZE : 2 * SIZE);
}

static void map_all(int dmabuf)
{
	try_map(dmabuf, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	try_map(dmabuf, SIZE, PROT_READ, MAP_SHARED, 0);
	try_map(dmabuf, PAGE, PROT_READ, MAP_SHARED, SIZE - PAGE);
	try_map(dmabuf, SIZE, PROT_READ, MAP_PRIVATE, 0);
	try_map(dmabuf, SIZE + PAGE, PROT_READ, MAP_SHARED, 0);
	try_map(dmabuf, 2 * PAGE, PROT_READ, MAP_SHARED, SIZE - PAGE);
	try_map(dmabuf, PAGE, PROT_READ, MAP_SHARED, SIZE);
	try_map(dmabuf, PAGE, PROT_READ, MAP_SHARED, 1LL << 40);
	try_grow(dmabuf);
}

/* How many bytes of memory that nobody has used yet are not 0. */
static unsigned int used_bytes(int dmabuf)
{
	unsigned char *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	unsigned int used = 0, i;

	if (map == MAP_FAILED)
		return 0;
	for (i = 0; i < SIZE; i++)
		used += !!map[i];
	memset(map, 0xa5, SIZE);
	munmap(map, SIZE);
	return used;
}

static void name_it(int dmabuf)
{
	char long_name[DMA_BUF_NAME_LEN + 8];

	memset(long_name, 'n', sizeof(long_name));
	call_device(dmabuf, DMA_BUF_SET_NAME_B, "m2m-rig");
	call_device(dmabuf, DMA_BUF_SET_NAME_B, "m2m-rig again");
	call_device(dmabuf, DMA_BUF_SET_NAME_B, long_name);
}

/* Whoever lists dma-bufs sees this one, in the middle of its life. */
static void read_all(const char *path)
{
	char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && read(fd, text, sizeof(text)) > 0)
		;
	if (fd >= 0)
		close(fd);
}

static void list_it(int dmabuf)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", dmabuf);
	read_all(path);
	read_all("/sys/kernel/debug/dma_buf/bufinfo");
	read_all("/sys/kernel/debug/sync/info");
}

static void ask_fences(int dmabuf)
{
	struct dma_buf_export_sync_file export = { .flags = 0, .fd = -1 };
	struct dma_buf_import_sync_file import = { .flags = DMA_BUF_SYNC_READ, .fd = dmabuf };

	call_device(dmabuf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &export);
	export.flags = ~0U;
	call_device(dmabuf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &export);
	call_device(dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &import);
	import.fd = -1;
	call_device(dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &import);
	import.flags = ~0U;
	call_device(dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &import);
}

static void seek(int dmabuf)
{
	lseek(dmabuf, 0, SEEK_END);
	lseek(dmabuf, 1, SEEK_END);
	lseek(dmabuf, 1, SEEK_SET);
	lseek(dmabuf, 0, SEEK_CUR);
	lseek(dmabuf, 0, SEEK_SET);
}

static unsigned int treat_badly(const char *from)
{
	int dmabuf = exporter_allocate(from, SIZE);
	unsigned int used;

	if (dmabuf == -ENODEV)
		return 0;
	must(dmabuf, from);
	used = used_bytes(dmabuf);
	map_all(dmabuf);
	name_it(dmabuf);
	list_it(dmabuf);
	ask_fences(dmabuf);
	seek(dmabuf);
	close(dmabuf);
	if (used)
		ksft_print_msg("%s: %u bytes are not 0\n", from, used);
	return used;
}

/* Nothing that is too large: the system heap takes memory until none is left. */
static void allocate_badly(void)
{
	static const struct dma_heap_allocation_data wishes[] = {
		{ .len = 0, .fd_flags = O_RDWR },
		{ .len = PAGE, .fd_flags = ~0U },
		{ .len = PAGE, .fd_flags = O_RDWR, .heap_flags = ~0ULL },
		{ .len = PAGE, .fd_flags = O_RDWR, .fd = 7 },
	};
	struct dma_heap_allocation_data wish;
	int heap = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);
	unsigned int i;

	if (heap < 0)
		return;
	for (i = 0; i < ARRAY_SIZE(wishes); i++) {
		wish = wishes[i];
		if (!call_device(heap, DMA_HEAP_IOCTL_ALLOC, &wish))
			close(wish.fd);
	}
	close(heap);
}

static int sealed_memory(unsigned int seals)
{
	int memory = memfd_create("m2m-rig", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	must(memory < 0 ? -errno : 0, "memfd");
	must(ftruncate(memory, SIZE) ? -errno : 0, "memfd");
	must(seals && fcntl(memory, F_ADD_SEALS, seals) ? -errno : 0, "memfd");
	return memory;
}

/* This one returns the descriptor. */
static void create(int device, struct udmabuf_create wish)
{
	int dmabuf = ioctl(device, UDMABUF_CREATE, &wish);

	if (dmabuf < 0)
		return;
	map_all(dmabuf);
	close(dmabuf);
}

static void create_list(int device, int memory, unsigned int count, unsigned int step)
{
	struct udmabuf_create_list *list;
	unsigned int i;
	int dmabuf;

	list = calloc(1, sizeof(*list) + count * sizeof(list->list[0]));
	must(list ? 0 : -ENOMEM, "list");
	list->flags = UDMABUF_FLAGS_CLOEXEC;
	list->count = count;
	for (i = 0; i < count; i++) {
		list->list[i].memfd = memory;
		list->list[i].offset = (i * step) % SIZE;
		list->list[i].size = PAGE;
	}
	dmabuf = ioctl(device, UDMABUF_CREATE_LIST, list);
	if (dmabuf >= 0) {
		map_all(dmabuf);
		close(dmabuf);
	}
	free(list);
}

static void create_badly(void)
{
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	int good = sealed_memory(F_SEAL_SHRINK), loose = sealed_memory(0);
	int written = sealed_memory(F_SEAL_SHRINK | F_SEAL_WRITE);
	const struct udmabuf_create fits = { .memfd = good, .size = SIZE };
	struct udmabuf_create wish;

	if (device < 0)
		goto out;
	create(device, fits);
	create(device, (struct udmabuf_create){ .memfd = good, .size = SIZE, .flags = ~0U });
	create(device, (struct udmabuf_create){ .memfd = good });
	create(device, (struct udmabuf_create){ .memfd = good, .size = SIZE - 1 });
	create(device, (struct udmabuf_create){ .memfd = good, .size = PAGE, .offset = 1 });
	create(device, (struct udmabuf_create){ .memfd = good, .size = PAGE, .offset = PAGE });
	create(device, (struct udmabuf_create){ .memfd = good, .size = SIZE, .offset = PAGE });
	create(device, (struct udmabuf_create){ .memfd = good, .size = PAGE, .offset = SIZE });
	create(device, (struct udmabuf_create){ .memfd = good, .size = 1ULL << 40 });
	create(device, (struct udmabuf_create){ .memfd = device, .size = SIZE });
	wish = fits;
	wish.memfd = -1;
	create(device, wish);
	wish.memfd = loose;
	create(device, wish);
	wish.memfd = written;
	create(device, wish);
	create_list(device, good, 0, 0);
	create_list(device, good, 3, 2 * PAGE);
	create_list(device, good, 3, 0);
	create_list(device, good, 2, PAGE + 1);
	create_list(device, loose, 2, PAGE);
	close(device);
out:
	close(good);
	close(loose);
	close(written);
}

static void misuse_sync_files(void)
{
	struct sync_merge_data merge = { .name = "m2m-rig", .fd2 = -1 };
	struct sync_file_info info = { .flags = ~0U };
	struct foreign foreign;
	int fence;

	must(foreign_open(&foreign), "sw_sync");
	fence = foreign_fence(&foreign);
	must(fence, "fence");
	call_device(fence, SYNC_IOC_MERGE, &merge);
	merge.fd2 = foreign.timeline;
	call_device(fence, SYNC_IOC_MERGE, &merge);
	merge.fd2 = fence;
	merge.flags = ~0U;
	call_device(fence, SYNC_IOC_MERGE, &merge);
	merge.flags = 0;
	if (!call_device(fence, SYNC_IOC_MERGE, &merge))
		close(merge.fence);
	call_device(fence, SYNC_IOC_FILE_INFO, &info);
	close(fence);
	foreign_close(&foreign);
}

/* What a life works with. */
struct life {
	const char *from;
	int dmabuf;
	/* One for each fence: what is merged is a sum of both. */
	struct foreign foreign[2];
	int fence[2];
	int exported;
	int merged;
	int epoll;
};

static int allocate(void *arg)
{
	struct life *life = arg;

	life->dmabuf = exporter_allocate(life->from, SIZE);
	return life->dmabuf;
}

static void drop_dmabuf(void *arg)
{
	struct life *life = arg;

	close(life->dmabuf);
}

static int map(void *arg)
{
	const struct life *life = arg;
	void *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, life->dmabuf, 0);

	if (map == MAP_FAILED)
		return -errno;
	munmap(map, SIZE);
	return 0;
}

static int announce(void *arg)
{
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW };
	const struct life *life = arg;
	int ret = call_device(life->dmabuf, DMA_BUF_IOCTL_SYNC, &sync);

	if (ret)
		return ret;
	sync.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW;
	return call_device(life->dmabuf, DMA_BUF_IOCTL_SYNC, &sync);
}

static int give_name(void *arg)
{
	const struct life *life = arg;

	return call_device(life->dmabuf, DMA_BUF_SET_NAME_B, "m2m-rig");
}

static int put(void *arg)
{
	const struct life *life = arg;
	struct dma_buf_import_sync_file import = {
		.flags = DMA_BUF_SYNC_RW, .fd = life->fence[0],
	};

	return call_device(life->dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &import);
}

static int export(void *arg)
{
	struct life *life = arg;

	life->exported = fence_export(life->dmabuf, DMA_BUF_SYNC_RW);
	return life->exported;
}

static void drop_exported(void *arg)
{
	struct life *life = arg;

	close(life->exported);
}

static int merge(void *arg)
{
	struct life *life = arg;

	life->merged = fence_merge(life->exported, life->fence[1]);
	return life->merged;
}

static void drop_merged(void *arg)
{
	struct life *life = arg;

	close(life->merged);
}

static int ask(void *arg)
{
	const struct life *life = arg;
	struct fence fence;

	return fence_read(life->merged, &fence);
}

static int listen(void *arg)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct life *life = arg;

	life->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (life->epoll < 0)
		return -errno;
	if (!epoll_ctl(life->epoll, EPOLL_CTL_ADD, life->dmabuf, &event))
		return 0;
	close(life->epoll);
	return -errno;
}

static void drop_epoll(void *arg)
{
	struct life *life = arg;

	close(life->epoll);
}

static const struct scarcity_step steps[] = {
	{ "allocation of a dma-buf", allocate, drop_dmabuf, true },
	{ "mmap", map, NULL, false },
	{ "SYNC", announce, NULL, false },
	{ "SET_NAME", give_name, NULL, false },
	{ "IMPORT_SYNC_FILE", put, NULL, false },
	{ "EXPORT_SYNC_FILE", export, drop_exported, false },
	{ "MERGE", merge, drop_merged, false },
	{ "FILE_INFO", ask, NULL, false },
	{ "epoll", listen, drop_epoll, false },
};

/* @over: the fences have signaled before anybody asks for them. */
static void live(struct scarcity *scarcity, const char *from, bool over)
{
	struct life life = { .from = from, .dmabuf = exporter_allocate(from, SIZE) };
	unsigned int i;

	if (life.dmabuf == -ENODEV)
		return;
	drop_dmabuf(&life);
	for (i = 0; i < ARRAY_SIZE(life.fence); i++) {
		must(foreign_open(&life.foreign[i]), "sw_sync");
		life.fence[i] = foreign_fence(&life.foreign[i]);
		must(life.fence[i], "fence");
		must(over ? foreign_signal(&life.foreign[i]) : 0, "signal");
	}
	for (i = 0; i < ARRAY_SIZE(steps); i++)
		must(scarcity_make(scarcity, &steps[i], &life), steps[i].name);
	while (i--)
		if (steps[i].drop)
			steps[i].drop(&life);
	for (i = 0; i < ARRAY_SIZE(life.fence); i++) {
		close(life.fence[i]);
		foreign_close(&life.foreign[i]);
	}
}

/* Asked in both ways: in sum, and fence by fence. */
static void ask_twice(int sync_file)
{
	struct sync_file_info sum = { 0 };
	struct fence fence;

	call_device(sync_file, SYNC_IOC_FILE_INFO, &sum);
	fence_read(sync_file, &fence);
}

/*
 * Two fences, one of which fails when its timeline goes; what is merged of them
 * before it failed, and of what is over later.
 */
static void merge_all(void)
{
	struct foreign foreign[2];
	int fence[2], sum, late;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fence); i++) {
		must(foreign_open(&foreign[i]), "sw_sync");
		fence[i] = foreign_fence(&foreign[i]);
		must(fence[i], "fence");
	}
	sum = fence_merge(fence[0], fence[1]);
	must(sum, "merge");
	/* From here on somebody listens. */
	fence_wait(sum, 0);
	fence_wait(fence[0], 0);
	foreign_close(&foreign[0]);
	ask_twice(fence[0]);
	must(foreign_signal(&foreign[1]), "signal");
	ask_twice(fence[1]);
	fence_wait(sum, 1000);
	ask_twice(sum);
	clock_sleep(NSEC_PER_MSEC);
	late = fence_merge(fence[0], fence[1]);
	must(late, "merge");
	ask_twice(late);
	close(late);
	close(sum);
	for (i = 0; i < ARRAY_SIZE(fence); i++)
		close(fence[i]);
	foreign_close(&foreign[1]);
}

static void put_fence(int dmabuf, int fence, __u32 flags)
{
	struct dma_buf_import_sync_file import = { .flags = flags, .fd = fence };

	must(call_device(dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &import), "IMPORT_SYNC_FILE");
}

static void poll_for(int dmabuf, short events)
{
	struct pollfd fd = { .fd = dmabuf, .events = events };

	poll(&fd, 1, 0);
}

/* What poll() says of a dma-buf that one fence reads and another writes, as they signal. */
static void poll_all(bool writer_first)
{
	struct foreign foreign[2];
	int dmabuf = exporter_allocate("system", PAGE), fence[2];
	unsigned int i, first = writer_first;
	struct fence info;

	must(dmabuf, "dma-buf");
	for (i = 0; i < ARRAY_SIZE(fence); i++) {
		must(foreign_open(&foreign[i]), "sw_sync");
		fence[i] = foreign_fence(&foreign[i]);
		must(fence[i], "fence");
		put_fence(dmabuf, fence[i], i ? DMA_BUF_SYNC_WRITE : DMA_BUF_SYNC_READ);
	}
	for (i = 0; i < ARRAY_SIZE(fence); i++) {
		poll_for(dmabuf, POLLIN);
		poll_for(dmabuf, POLLOUT);
		fence_read(fence[0], &info);
		fence_read(fence[1], &info);
		must(foreign_signal(&foreign[i ? !first : first]), "signal");
	}
	poll_for(dmabuf, POLLIN | POLLOUT);
	close(dmabuf);
	for (i = 0; i < ARRAY_SIZE(fence); i++) {
		close(fence[i]);
		foreign_close(&foreign[i]);
	}
}

int main(int argc, char **argv)
{
	const char *driver = "";
	const struct arg args[] = {
		{ .name = "driver", .word = &driver },
		{ .name = "seed", .number = &(__u64){ 0 } },
	};
	struct scarcity scarcity;
	unsigned int used = 0, i;

	ksft_print_header();
	if (args_parse(argc, argv, args, ARRAY_SIZE(args)))
		ksft_exit_fail_msg("bad options\n");
	must(scarcity_open(&scarcity), "failslab");

	ksft_set_plan(4);
	for (i = 0; i < ARRAY_SIZE(exporters); i++)
		used += treat_badly(exporters[i]);
	for (i = 0; i < ARRAY_SIZE(exporters); i++)
		used += treat_badly(exporters[i]);
	allocate_badly();
	create_badly();
	misuse_sync_files();
	merge_all();
	poll_all(false);
	poll_all(true);
	for (i = 0; i < ARRAY_SIZE(exporters); i++)
		live(&scarcity, exporters[i], false);
	live(&scarcity, exporters[0], true);
	scarcity_close(&scarcity);

	ksft_print_msg("%u steps, %u allocations failed\n", scarcity.steps, scarcity.injected);
	ksft_test_result(!used, "memory.fresh\n");
	ksft_test_result(scarcity.injected > scarcity.steps, "life.injected\n");
	ksft_test_result(!scarcity.broken, "life.goes-on\n");
	ksft_test_result(!scarcity.surprises, "life.errors\n");
	ksft_finished();
}
