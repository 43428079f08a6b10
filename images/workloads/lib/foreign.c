// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <linux/dma-buf.h>
#include <linux/types.h>

#include "call.h"
#include "foreign.h"

/* The interface of sw_sync is in no header: drivers/dma-buf/sw_sync.c. */
#define SW_SYNC		"/sys/kernel/debug/sync/sw_sync"

struct sw_sync_create_fence_data {
	__u32 value;
	char name[32];
	__s32 fence;
};

#define SW_SYNC_IOC_CREATE_FENCE	_IOWR('W', 0, struct sw_sync_create_fence_data)
#define SW_SYNC_IOC_INC			_IOW('W', 1, __u32)

int foreign_open(struct foreign *foreign)
{
	foreign->fences = 0;
	foreign->signaled = 0;
	foreign->timeline = open(SW_SYNC, O_RDWR | O_CLOEXEC);
	return foreign->timeline < 0 ? -errno : 0;
}

int foreign_fence(struct foreign *foreign)
{
	struct sw_sync_create_fence_data data = { .value = foreign->fences + 1 };
	int ret;

	snprintf(data.name, sizeof(data.name), "foreign");
	ret = call_device(foreign->timeline, SW_SYNC_IOC_CREATE_FENCE, &data);
	if (ret)
		return ret;
	foreign->fences++;
	return data.fence;
}

int foreign_attach(struct foreign *foreign, int dmabuf)
{
	return foreign_attach_as(foreign, dmabuf, DMA_BUF_SYNC_RW);
}

int foreign_attach_as(struct foreign *foreign, int dmabuf, __u32 flags)
{
	struct dma_buf_import_sync_file import = { .flags = flags };
	int ret;

	import.fd = foreign_fence(foreign);
	if (import.fd < 0)
		return import.fd;
	ret = call_device(dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &import);
	close(import.fd);
	return ret;
}

int foreign_step(struct foreign *foreign, __u32 steps)
{
	int ret = call_device(foreign->timeline, SW_SYNC_IOC_INC, &steps);

	if (!ret)
		foreign->signaled += steps;
	return ret;
}

int foreign_signal(struct foreign *foreign)
{
	return foreign_step(foreign, foreign->fences - foreign->signaled);
}

void foreign_close(struct foreign *foreign)
{
	close(foreign->timeline);
}
