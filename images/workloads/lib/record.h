/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every call that a program makes on devices, dma-bufs, requests and sync_files,
 * as it was made and answered: docs/reference/protocol.md. The linker puts
 * record.c before the C library (--wrap), so no program has to ask for it, and
 * none can forget. Nothing here judges: the host does.
 *
 * Records are in a file that init made ($M2M_CALLS) and that all threads and
 * children of the program have mapped, so they outlive whoever dies. Without
 * that file nothing is recorded.
 */
#ifndef M2M_RECORD_H
#define M2M_RECORD_H

#include <stddef.h>
#include <linux/types.h>

enum record_call {
	RECORD_IOCTL = 1,
	RECORD_OPEN,
	RECORD_CLOSE,
	RECORD_DUP,
	RECORD_POLL,
	RECORD_EPOLL_CTL,
	RECORD_EPOLL_WAIT,
	RECORD_MMAP,
	RECORD_MUNMAP,
	/* No call: a picture was compared with what was due. */
	RECORD_PIXELS,
	RECORD_MREMAP,
	RECORD_SELECT,
	/* A child begins with the descriptors of its parent. */
	RECORD_FORK,
	/* A descriptor in a message, which has a number. */
	RECORD_SEND,
	RECORD_RECEIVE,
	/* No call: from here on allocations may fail. */
	RECORD_FAULT,
	/* fcntl(): a file blocks from here on, or does not. */
	RECORD_MODE,
	/* A device loses its driver, so nothing is promised from here on. */
	RECORD_GONE,
};

/* At the beginning of the file. */
struct record_log {
	char magic[8];
	/* Bytes of records behind this that there is room for, and that are taken. */
	__u32 room;
	__u32 used;
	/* The last number that a beginning or an end of a call was given. */
	__u32 order;
	/* Calls that found no room. */
	__u32 dropped;
	__u32 reserved[10];
};

#define RECORD_MAGIC	"m2mcall1"

/* Followed by what the call was given and what it gave back; each is padded to 8 bytes. */
struct record {
	/* All of it. A multiple of 8; 0 if its program died before it could say so. */
	__u16 size;
	__u16 call;
	/* The one that it is about, or -1. */
	__s32 fd;
	/* Numbers in the order of the whole program; @end is 0 until it returns. */
	__u32 begin;
	__u32 end;
	__u32 process;
	__u32 thread;
	/* CLOCK_MONOTONIC, nanoseconds. */
	__s64 began;
	__s64 ended;
	/* The request of an ioctl; what else a call has for a number. */
	__u64 request;
	/* What it returned, or a negative errno. */
	__s32 result;
	__u16 before;
	__u16 after;
};

/* NULL if nothing is recorded; then record_end() does nothing. */
struct record *record_begin(enum record_call call, int fd, __u64 request, const void *before,
			    size_t before_size, size_t after_size);
void record_end(struct record *record, int result, const void *after, size_t after_size);

/* The number at the beginning of the call that this thread made last; 0 if none was recorded. */
__u32 record_last(void);

/* Some bytes of CAPTURE buffer @index are not those that were due; 0: all are. */
void record_pixels(int fd, __u32 type, __u32 index, __u64 wrong, __u64 size);

#endif
