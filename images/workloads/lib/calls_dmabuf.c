// SPDX-License-Identifier: GPL-2.0-only
/* Dma-bufs and sync_files. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <linux/dma-buf.h>
#include <linux/sync_file.h>

#include "call.h"
#include "clock.h"
#include "exercise.h"
#include "exporter.h"

#define FENCES_MAX	8

/* Headers of programs may be older than the kernel. */
#ifndef SYNC_IOC_SET_DEADLINE
struct sync_set_deadline {
	__u64 deadline_ns;
	__u64 pad;
};

#define SYNC_IOC_SET_DEADLINE _IOW(SYNC_IOC_MAGIC, 5, struct sync_set_deadline)
#endif

static __u32 access_of(const struct history_call *call)
{
	const char *word = history_value(call, "for");

	if (!word || !strcmp(word, "read"))
		return DMA_BUF_SYNC_READ;
	if (!strcmp(word, "none") || !strcmp(word, "more"))
		return strcmp(word, "more") ? 0 : DMA_BUF_SYNC_RW | 8;
	return strcmp(word, "write") ? DMA_BUF_SYNC_RW : DMA_BUF_SYNC_WRITE;
}

/* d = heap [v out|cap] from= size= */
static int make_heap(struct exercise *exercise, const struct history_call *call)
{
	struct exercise_file *file = exercise_file(exercise, call);
	const char *from = history_value(call, "from");
	__u64 length = 4096;

	if (file) {
		const struct m2m_queue *queue = exercise_queue(file, call);

		if (queue->buffers)
			length = queue->buffer[0].plane[0].size;
	}
	return exporter_allocate(from ? from : "system",
				 history_number(call, "size", length, length));
}

/* sync d for= [end=1] */
static int make_sync(struct exercise *exercise, const struct history_call *call)
{
	struct dma_buf_sync raw = {
		.flags = access_of(call) |
			 (history_number(call, "end", 0, 0) ? DMA_BUF_SYNC_END : 0),
	};

	return call_device(exercise_fd(exercise, history_word(call, 0)), DMA_BUF_IOCTL_SYNC, &raw);
}

/* s = export d for= */
static int make_export(struct exercise *exercise, const struct history_call *call)
{
	struct dma_buf_export_sync_file raw = { .flags = access_of(call), .fd = -1 };
	int ret = call_device(exercise_fd(exercise, history_word(call, 0)),
			      DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &raw);

	return ret ? ret : raw.fd;
}

/* import d s for= */
static int make_import(struct exercise *exercise, const struct history_call *call)
{
	struct dma_buf_import_sync_file raw = {
		.flags = access_of(call), .fd = exercise_fd(exercise, history_word(call, 1)),
	};

	return call_device(exercise_fd(exercise, history_word(call, 0)),
			   DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &raw);
}

/* s = merge s s */
static int make_merge(struct exercise *exercise, const struct history_call *call)
{
	struct sync_merge_data raw = {
		.name = "exercise",
		.fd2 = exercise_fd(exercise, history_word(call, 1)),
		.fence = -1,
	};
	int ret = call_device(exercise_fd(exercise, history_word(call, 0)), SYNC_IOC_MERGE, &raw);

	return ret ? ret : raw.fence;
}

/* info s */
static int make_info(struct exercise *exercise, const struct history_call *call)
{
	struct sync_fence_info fences[FENCES_MAX] = { 0 };
	struct sync_file_info raw = {
		.num_fences = FENCES_MAX, .sync_fence_info = (unsigned long)fences,
	};

	return call_device(exercise_fd(exercise, history_word(call, 0)), SYNC_IOC_FILE_INFO, &raw);
}

/* setname d */
static int make_setname(struct exercise *exercise, const struct history_call *call)
{
	return call_device(exercise_fd(exercise, history_word(call, 0)), DMA_BUF_SET_NAME_B,
			   (void *)"exercise");
}

/* deadline s ms= */
static int make_deadline(struct exercise *exercise, const struct history_call *call)
{
	struct sync_set_deadline raw = {
		.deadline_ns = clock_now() +
			       history_number(call, "ms", 0, 0) * NSEC_PER_MSEC,
	};

	return call_device(exercise_fd(exercise, history_word(call, 0)), SYNC_IOC_SET_DEADLINE,
			   &raw);
}

/* seek d to= [end]: nothing is read there, and only the ends are places. */
static int make_seek(struct exercise *exercise, const struct history_call *call)
{
	int fd = exercise_fd(exercise, history_word(call, 0));
	int whence = history_has(call, "end") ? SEEK_END : SEEK_SET;

	return lseek(fd, history_number(call, "to", 0, 0), whence) < 0 ? -errno : 0;
}

const struct exercise_call calls_dmabuf[] = {
	{ "heap", .make = make_heap },
	{ "sync", .make = make_sync },
	{ "export", .make = make_export },
	{ "import", .make = make_import },
	{ "merge", .make = make_merge },
	{ "seek", .make = make_seek },
	{ "setname", .make = make_setname },
	{ "deadline", .make = make_deadline },
	{ "info", .make = make_info },
	{ 0 }
};
