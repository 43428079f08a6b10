// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "clock.h"
#include "record.h"

#define ALIGNED(size)	(((size) + 7) & ~(size_t)7)

/* What is touched at once: a page costs the guest more than the records on it. */
#define CHUNK		(64 * 1024)

static struct record_log *record_log;
static size_t touched;
static __thread __u32 last;

/*
 * Not by writing: a page that is missing then could be one whose allocation is
 * made to fail, for the sake of a call of the program's, and that is a SIGBUS.
 */
static void touch(size_t size)
{
	size_t whole = sizeof(*record_log) + record_log->room;
	size_t left = whole - touched;

	if (size <= touched)
		return;
	madvise((char *)record_log + touched, left < CHUNK ? left : CHUNK, MADV_POPULATE_WRITE);
	touched += left < CHUNK ? left : CHUNK;
}

static struct record_log *map_log(int fd, size_t *size)
{
	struct stat status;
	void *map;

	if (fstat(fd, &status) || status.st_size < (off_t)sizeof(struct record_log))
		return NULL;
	*size = status.st_size;
	map = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return map == MAP_FAILED ? NULL : map;
}

static void __attribute__((constructor)) record_open(void)
{
	const char *path = getenv("M2M_CALLS");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	struct record_log *found;
	size_t size;

	if (fd < 0)
		return;
	found = map_log(fd, &size);
	/* Before there is anything to record it in. */
	close(fd);
	if (!found)
		return;
	found->room = size - sizeof(*found);
	memcpy(found->magic, RECORD_MAGIC, sizeof(found->magic));
	record_log = found;
	touch(sizeof(*found));
}

static __u32 next_number(void)
{
	return __atomic_add_fetch(&record_log->order, 1, __ATOMIC_SEQ_CST);
}

/* Once it is full it stays so: the calls that are there are the first ones, without a hole. */
static struct record *take(size_t size)
{
	__u32 used = __atomic_load_n(&record_log->used, __ATOMIC_RELAXED);

	do {
		if (record_log->dropped || used + size > record_log->room) {
			__atomic_add_fetch(&record_log->dropped, 1, __ATOMIC_RELAXED);
			return NULL;
		}
		/* Before it is taken: who is killed in a call leaves no record without a size. */
		touch(sizeof(*record_log) + used + size);
	} while (!__atomic_compare_exchange_n(&record_log->used, &used, used + size, false,
					      __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	return (void *)((char *)(record_log + 1) + used);
}

struct record *record_begin(enum record_call call, int fd, __u64 request, const void *before,
			    size_t before_size, size_t after_size)
{
	size_t size = sizeof(struct record) + ALIGNED(before_size) + ALIGNED(after_size);
	struct record *record = record_log ? take(size) : NULL;

	if (!record)
		return NULL;
	record->size = size;
	record->call = call;
	record->fd = fd;
	record->process = getpid();
	record->thread = gettid();
	record->request = request;
	record->before = before_size;
	if (before_size)
		memcpy(record + 1, before, before_size);
	record->began = clock_now();
	record->begin = next_number();
	return record;
}

void record_end(struct record *record, int result, const void *after, size_t after_size)
{
	if (!record)
		return;
	record->ended = clock_now();
	record->result = result;
	record->after = after_size;
	if (after_size)
		memcpy((char *)(record + 1) + ALIGNED(record->before), after, after_size);
	record->end = next_number();
	last = record->begin;
}

__u32 record_last(void)
{
	return last;
}

void record_pixels(int fd, __u32 type, __u32 index, __u64 wrong, __u64 size)
{
	const __u64 seen[] = { index, wrong, size };

	record_end(record_begin(RECORD_PIXELS, fd, type, seen, sizeof(seen), 0), 0, NULL, 0);
}
