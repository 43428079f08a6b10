// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <linux/dma-heap.h>
#include <linux/types.h>
#include <linux/udmabuf.h>

#include "call.h"
#include "card.h"
#include "exporter.h"

#define HEAPS		"/dev/dma_heap"
#define SYSTEM_HEAP	"system"

static int device_open(const char *path)
{
	int device = open(path, O_RDWR | O_CLOEXEC);

	if (device < 0)
		return errno == ENOENT ? -ENODEV : -errno;
	return device;
}

static int heap_allocate(const char *heap, size_t size)
{
	struct dma_heap_allocation_data memory = {
		.len = size,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	char path[300];
	int device, ret;

	snprintf(path, sizeof(path), HEAPS "/%s", heap);
	device = device_open(path);
	if (device < 0)
		return device;
	ret = call_device(device, DMA_HEAP_IOCTL_ALLOC, &memory);
	close(device);
	return ret ?: (int)memory.fd;
}

/* The heap of contiguous memory is named after its region, so it is the other one. */
static int cma_allocate(size_t size)
{
	DIR *heaps = opendir(HEAPS);
	const struct dirent *heap;
	int ret = heaps ? -ENODEV : -errno;

	while (heaps && (heap = readdir(heaps))) {
		if (heap->d_name[0] == '.' || !strcmp(heap->d_name, SYSTEM_HEAP))
			continue;
		ret = heap_allocate(heap->d_name, size);
		break;
	}
	if (heaps)
		closedir(heaps);
	return ret;
}

static int udmabuf_allocate(size_t size)
{
	struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = size };
	int device, memory, ret;

	memory = memfd_create("m2m-rig", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memory < 0)
		return -errno;
	create.memfd = memory;
	if (ftruncate(memory, size) || fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK)) {
		ret = -errno;
		goto out;
	}
	device = device_open("/dev/udmabuf");
	if (device < 0) {
		ret = device;
		goto out;
	}
	/* This one returns the descriptor. */
	ret = ioctl(device, UDMABUF_CREATE, &create);
	if (ret < 0)
		ret = -errno;
	close(device);
out:
	close(memory);
	return ret;
}

/* The object lives as long as the dma-buf, not as the descriptor of the card. */
static int vgem_allocate(size_t size)
{
	__u32 page = sysconf(_SC_PAGESIZE), handle, pitch;
	int card, ret;

	card = card_open("vgem");
	if (card < 0)
		return card;
	ret = card_dumb(card, size / page, page, 8, &handle, &pitch);
	if (!ret)
		ret = card_export(card, handle);
	close(card);
	return ret;
}

int exporter_allocate(const char *name, size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);

	size = (size + page - 1) / page * page;
	if (!strcmp(name, "system"))
		return heap_allocate(SYSTEM_HEAP, size);
	if (!strcmp(name, "cma"))
		return cma_allocate(size);
	if (!strcmp(name, "udmabuf"))
		return udmabuf_allocate(size);
	if (!strcmp(name, "vgem"))
		return vgem_allocate(size);
	return -EINVAL;
}
