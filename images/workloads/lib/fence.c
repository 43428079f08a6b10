// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/sync_file.h>

#include "call.h"
#include "fence.h"

#define FENCES_MAX	16

/* A sync_file of one fence is called DRIVER-TIMELINE CONTEXT-SEQNO, without the blank. */
static void read_numbers(const struct sync_file_info *info, struct fence *fence)
{
	unsigned long long context;
	long long seqno;
	char prefix[72];
	int size, used = 0;

	size = snprintf(prefix, sizeof(prefix), "%s-%s", fence->driver, fence->timeline);
	/* A name that fills its field may have been cut off within the numbers. */
	if (strlen(info->name) + 1 >= sizeof(info->name) || strncmp(info->name, prefix, size))
		return;
	if (sscanf(info->name + size, "%llu-%lld%n", &context, &seqno, &used) != 2)
		return;
	if (info->name[size + used])
		return;
	fence->numbered = true;
	fence->context = context;
	fence->seqno = seqno;
}

static void list_members(const struct sync_fence_info *each, struct fence *fence)
{
	size_t used = 0;
	unsigned int i;

	for (i = 0; i < fence->count && used < sizeof(fence->members); i++)
		used += snprintf(fence->members + used, sizeof(fence->members) - used, "%s%s:%d",
				 i ? "," : "", each[i].driver_name, each[i].status);
}

int fence_read(int sync_file, struct fence *fence)
{
	struct sync_fence_info each[FENCES_MAX] = { 0 };
	struct sync_file_info info = {
		.num_fences = FENCES_MAX,
		.sync_fence_info = (uintptr_t)each,
	};
	unsigned int i;
	int ret;

	memset(fence, 0, sizeof(*fence));
	ret = call_device(sync_file, SYNC_IOC_FILE_INFO, &info);
	if (ret)
		return ret;
	fence->status = info.status;
	fence->count = info.num_fences;
	if (fence->count > FENCES_MAX)
		return -E2BIG;
	for (i = 0; i < fence->count; i++) {
		if (each[i].timestamp_ns > fence->timestamp)
			fence->timestamp = each[i].timestamp_ns;
	}
	snprintf(fence->driver, sizeof(fence->driver), "%s", each[0].driver_name);
	snprintf(fence->timeline, sizeof(fence->timeline), "%s", each[0].obj_name);
	if (fence->count == 1)
		read_numbers(&info, fence);
	else
		list_members(each, fence);
	return 0;
}

int fence_export(int dmabuf, __u32 flags)
{
	struct dma_buf_export_sync_file export = { .flags = flags, .fd = -1 };

	return call_device(dmabuf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &export) ?: export.fd;
}

int fence_wait(int sync_file, int msec)
{
	struct pollfd fd = { .fd = sync_file, .events = POLLIN };
	int ret = poll(&fd, 1, msec);

	if (ret < 0)
		return -errno;
	return fd.revents & ~POLLIN ? -EIO : !!ret;
}

bool fence_is_good(int sync_file)
{
	struct fence fence;

	return !fence_read(sync_file, &fence) && fence.status == 1;
}

int fence_wait_dmabuf(int dmabuf, __u32 flags, int msec)
{
	int ret, sync_file = fence_export(dmabuf, flags);

	if (sync_file < 0)
		return sync_file;
	ret = fence_wait(sync_file, msec);
	close(sync_file);
	return ret;
}

int fence_merge(int sync_file, int other)
{
	struct sync_merge_data merge = { .name = "merged", .fd2 = other };

	return call_device(sync_file, SYNC_IOC_MERGE, &merge) ?: merge.fence;
}

/* Memory that nobody ever worked on has the stub for sure. */
static int read_known_stub(struct fence *stub)
{
	struct dma_heap_allocation_data memory = {
		.len = 4096,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	int heap, sync_file, ret;

	heap = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);
	if (heap < 0)
		return -errno;
	ret = call_device(heap, DMA_HEAP_IOCTL_ALLOC, &memory);
	close(heap);
	if (ret)
		return ret;
	sync_file = fence_export(memory.fd, DMA_BUF_SYNC_RW);
	close(memory.fd);
	if (sync_file < 0)
		return sync_file;
	ret = fence_read(sync_file, stub);
	close(sync_file);
	return ret;
}

bool fence_is_stub(const struct fence *fence)
{
	static struct fence stub;
	static bool asked;

	if (fence->count != 1)
		return !fence->count;
	if (fence->numbered)
		return !fence->context && !fence->seqno;
	/*
	 * Newer kernels forget the names of a signaled fence, the stub's too;
	 * but there is one stub only, and it signaled once.
	 */
	if (!asked && read_known_stub(&stub))
		stub.timestamp = 0;
	asked = true;
	return stub.timestamp && fence->timestamp == stub.timestamp;
}
