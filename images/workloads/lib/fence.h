/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_FENCE_H
#define M2M_FENCE_H

#include <stdbool.h>
#include <linux/types.h>

/* What a sync_file tells about the fences in it. */
struct fence {
	char driver[32];
	char timeline[32];
	/* Known only if the sync_file's own name is whole. */
	bool numbered;
	__u64 context;
	__s64 seqno;
	unsigned int count;
	/* Of several: DRIVER:STATUS of each, with commas between. */
	char members[128];
	/* 0 pending, 1 signaled, below 0 the error. */
	int status;
	/* When the last of them signaled. */
	__u64 timestamp;
};

/* Returns 0 or a negative errno. */
int fence_read(int sync_file, struct fence *fence);

/* The kernel's own signaled fence, which stands for "nothing to wait for". */
bool fence_is_stub(const struct fence *fence);

/* A sync_file of what to wait for before a use of @dmabuf (DMA_BUF_SYNC_*), or a negative errno. */
int fence_export(int dmabuf, __u32 flags);

/* 1 if all fences of @sync_file signal within @msec, 0 if not, or a negative errno. */
int fence_wait(int sync_file, int msec);

/* All fences of @sync_file have signaled by now, without an error. */
bool fence_is_good(int sync_file);

/*
 * As fence_wait(), for whatever is to be waited for before a use of @dmabuf
 * (DMA_BUF_SYNC_*).
 */
int fence_wait_dmabuf(int dmabuf, __u32 flags, int msec);

/* A sync_file of all fences of two sync_files, or a negative errno. */
int fence_merge(int sync_file, int other);

#endif
