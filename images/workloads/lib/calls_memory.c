// SPDX-License-Identifier: GPL-2.0-only
/* Mappings of buffers and dma-bufs. */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "exercise.h"

/* A mapping belongs to whoever has taken it, so none goes away while it is touched. */
static struct exercise_map take(struct exercise *exercise, const char *word)
{
	struct exercise_map *map = &exercise->map[exercise_number(word)];
	struct exercise_map taken = *map;

	taken.at = __atomic_exchange_n(&map->at, NULL, __ATOMIC_SEQ_CST);
	return taken;
}

static void give(struct exercise *exercise, const char *word, const struct exercise_map *given)
{
	struct exercise_map *map = &exercise->map[exercise_number(word)];

	map->size = given->size;
	map->written = given->written;
	__atomic_store_n(&map->at, given->at, __ATOMIC_SEQ_CST);
}

/* Where a plane of a buffer is, and how long it is. */
static void find_plane(const struct exercise_file *file, const struct m2m_queue *queue,
		       const struct history_call *call, __u64 *offset, __u64 *length)
{
	bool capture = queue == &file->copy.m2m.capture;
	unsigned int index = history_index(call, "index", queue->buffers);
	const struct m2m_buffer *buffer = &queue->buffer[index % VIDEO_MAX_FRAME];
	unsigned int plane = history_index(call, "plane", buffer->planes);

	*offset = file->offset[capture][index % VIDEO_MAX_FRAME][plane % M2M_PLANES_MAX];
	*length = buffer->plane[plane % M2M_PLANES_MAX].size;
}

/* m = mmap v out|cap index= plane= size= further= [ro] [private], m = mmap d size= */
static int make_mmap(struct exercise *exercise, const struct history_call *call)
{
	int fd = exercise_fd(exercise, history_word(call, 0));
	struct exercise_file *file = exercise_file(exercise, call);
	int prot = history_has(call, "ro") ? PROT_READ : PROT_READ | PROT_WRITE;
	int flags = history_has(call, "private") ? MAP_PRIVATE : MAP_SHARED;
	__u64 offset = 0, length = 4096;
	struct exercise_map map;
	off_t end;

	if (file) {
		find_plane(file, exercise_queue(file, call), call, &offset, &length);
	} else {
		end = lseek(fd, 0, SEEK_END);
		length = end > 0 ? end : 4096;
	}
	map.size = history_number(call, "size", length, length);
	map.written = prot & PROT_WRITE;
	map.at = mmap(NULL, map.size, prot, flags, fd,
		      offset + history_number(call, "further", length, 0));
	if (map.at == MAP_FAILED)
		return -errno;
	if (call->result)
		give(exercise, call->result, &map);
	return 0;
}

/* munmap m */
static int make_munmap(struct exercise *exercise, const struct history_call *call)
{
	struct exercise_map map = take(exercise, history_word(call, 0));

	if (!map.at)
		return -EINVAL;
	return munmap(map.at, map.size) ? -errno : 0;
}

/* unmap m from= size=: a part of it; nobody uses what is left. */
static int make_unmap(struct exercise *exercise, const struct history_call *call)
{
	struct exercise_map map = take(exercise, history_word(call, 0));
	size_t from = history_number(call, "from", map.size, 0) & ~4095UL;
	size_t size = history_number(call, "size", map.size, 4096);

	if (!map.at || from >= map.size)
		return -EINVAL;
	return munmap((char *)map.at + from, size < map.size - from ? size : map.size - from) ?
	       -errno : 0;
}

/* protect m [ro]: what was mapped for reading may not be written to by that. */
static int make_protect(struct exercise *exercise, const struct history_call *call)
{
	int prot = history_has(call, "ro") ? PROT_READ : PROT_READ | PROT_WRITE;
	const char *word = history_word(call, 0);
	struct exercise_map map = take(exercise, word);
	int ret;

	if (!map.at)
		return -EINVAL;
	ret = mprotect(map.at, map.size, prot) ? -errno : 0;
	if (!ret)
		map.written = prot & PROT_WRITE;
	give(exercise, word, &map);
	return ret;
}

/* mremap m size= */
static int make_mremap(struct exercise *exercise, const struct history_call *call)
{
	const char *word = history_word(call, 0);
	struct exercise_map map = take(exercise, word);
	size_t size = history_number(call, "size", map.size, map.size);
	void *at;
	int ret = 0;

	if (!map.at)
		return -EINVAL;
	at = mremap(map.at, map.size, size, MREMAP_MAYMOVE);
	if (at == MAP_FAILED) {
		ret = -errno;
	} else {
		map.at = at;
		map.size = size;
	}
	give(exercise, word, &map);
	return ret;
}

/* touch m: the first byte and the last one. */
static int make_touch(struct exercise *exercise, const struct history_call *call)
{
	const char *word = history_word(call, 0);
	struct exercise_map map = take(exercise, word);
	unsigned char *byte = map.at;

	if (!byte)
		return -EINVAL;
	__atomic_load_n(byte, __ATOMIC_SEQ_CST);
	__atomic_load_n(byte + map.size - 1, __ATOMIC_SEQ_CST);
	if (map.written) {
		__atomic_store_n(byte, 1, __ATOMIC_SEQ_CST);
		__atomic_store_n(byte + map.size - 1, 1, __ATOMIC_SEQ_CST);
	}
	give(exercise, word, &map);
	return 0;
}

const struct exercise_call calls_memory[] = {
	{ "mmap", .make = make_mmap },
	{ "munmap", .make = make_munmap },
	{ "unmap", .make = make_unmap },
	{ "protect", .make = make_protect },
	{ "mremap", .make = make_mremap },
	{ "touch", .make = make_touch },
	{ 0 }
};
