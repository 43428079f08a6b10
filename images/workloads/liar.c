// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers that are not what VIDIOC_QBUF is told: dma-bufs that are too small, or
 * whose length is not said or a lie, descriptors that are closed or of
 * something else, planes that are too many, indices and kinds of memory that
 * there are not, payloads larger than the buffer; absurd numbers of buffers and
 * exports; streams of no buffers. Then the queue must work as before.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "kselftest.h"

#include "args.h"
#include "call.h"
#include "copy.h"
#include "exporter.h"
#include "must.h"
#include "workload.h"

/* What a buffer of one plane is said to be; of several planes all are said to be this. */
struct lie {
	unsigned int index;
	__u32 memory;
	int fd;
	__u32 bytesused;
	__u32 length;
	__u32 data_offset;
	unsigned int planes;
};

static void fill_in(const struct m2m_queue *queue, const struct lie *lie, struct v4l2_buffer *raw,
		    struct v4l2_plane *planes)
{
	unsigned int i;

	*raw = (struct v4l2_buffer){
		.type = queue->type,
		.memory = lie->memory,
		.index = lie->index,
		.field = V4L2_FIELD_NONE,
	};
	if (!queue->multiplanar) {
		raw->bytesused = lie->bytesused;
		raw->length = lie->length;
		raw->m.fd = lie->fd;
		return;
	}
	raw->m.planes = planes;
	raw->length = lie->planes;
	for (i = 0; i < lie->planes && i < M2M_PLANES_MAX; i++) {
		planes[i].bytesused = lie->bytesused;
		planes[i].length = lie->length;
		planes[i].data_offset = lie->data_offset;
		planes[i].m.fd = lie->fd;
	}
}

static void tell(const struct m2m_queue *queue, struct lie lie)
{
	struct v4l2_plane planes[M2M_PLANES_MAX] = { 0 };
	struct v4l2_buffer raw;

	fill_in(queue, &lie, &raw, planes);
	call_device(queue->fd, VIDIOC_PREPARE_BUF, &raw);
	memset(planes, 0, sizeof(planes));
	fill_in(queue, &lie, &raw, planes);
	call_device(queue->fd, VIDIOC_QBUF, &raw);
}

/* What the queue took goes back; nothing streams. */
static void take_back(const struct m2m_queue *queue)
{
	must(m2m_streamoff((struct m2m_queue *)queue), "STREAMOFF");
}

static int dmabuf(size_t size)
{
	int fd = exporter_allocate("system", size);

	must(fd, "dma-buf");
	return fd;
}

static void set_count(const struct m2m_queue *queue, __u32 memory, unsigned int count)
{
	struct v4l2_requestbuffers raw = { .type = queue->type, .memory = memory, .count = count };

	call_device(queue->fd, VIDIOC_REQBUFS, &raw);
}

/* A dma-buf is said to be larger than it is: as large as it must be, and larger than anything. */
static void tell_larger(const struct m2m_queue *queue, struct lie lie, int small)
{
	lie.length = ~0U;
	tell(queue, lie);
	lie.length = lie.bytesused;
	lie.fd = small;
	tell(queue, lie);
}

/* What is said of the same dma-buf is another thing each time, and counts. */
static void tell_less(const struct m2m_queue *queue, struct lie lie)
{
	lie.bytesused /= 2;
	tell(queue, lie);
	take_back(queue);
	lie.bytesused += lie.bytesused / 2;
	tell(queue, lie);
	take_back(queue);
}

/* @size: of a picture in the first plane. */
static void lie_about_dmabufs(const struct m2m_queue *queue, unsigned int planes, __u32 size,
			      bool larger)
{
	int whole = dmabuf(size), small = dmabuf(1), zero = open("/dev/zero", O_RDWR | O_CLOEXEC);
	const struct lie truth = {
		.memory = V4L2_MEMORY_DMABUF, .fd = whole, .bytesused = size, .length = size,
		.planes = planes,
	};
	struct lie lie = truth;

	must(zero, "/dev/zero");
	set_count(queue, V4L2_MEMORY_DMABUF, 2);
	if (larger)
		tell_larger(queue, truth, small);
	lie.fd = small;
	lie.length = 0;
	tell(queue, lie);
	lie.fd = zero;
	tell(queue, lie);
	lie.fd = -1;
	tell(queue, lie);
	close(small);
	lie.fd = small;
	tell(queue, lie);
	lie = truth;
	tell(queue, lie);
	take_back(queue);
	lie.length = 0;
	tell(queue, lie);
	take_back(queue);
	tell_less(queue, truth);
	lie = truth;
	lie.bytesused = ~0U;
	tell(queue, lie);
	lie = truth;
	lie.data_offset = ~0U;
	tell(queue, lie);
	lie.data_offset = size;
	tell(queue, lie);
	take_back(queue);
	close(whole);
	close(zero);
	set_count(queue, V4L2_MEMORY_DMABUF, 0);
}

static void lie_about_buffers(const struct m2m_queue *queue, unsigned int planes, __u32 size)
{
	struct lie lie = {
		.memory = V4L2_MEMORY_MMAP, .bytesused = size, .length = size, .planes = planes,
	};

	lie.index = 2;
	tell(queue, lie);
	lie.index = ~0U;
	tell(queue, lie);
	lie.index = 0;
	lie.memory = V4L2_MEMORY_USERPTR;
	tell(queue, lie);
	lie.memory = V4L2_MEMORY_OVERLAY;
	tell(queue, lie);
	lie.memory = V4L2_MEMORY_MMAP;
	lie.planes = 0;
	tell(queue, lie);
	lie.planes = planes;
	lie.bytesused = size + (1U << 24);
	tell(queue, lie);
	take_back(queue);
	/* All of it. */
	lie.bytesused = 0;
	tell(queue, lie);
	take_back(queue);
}

/* As large as can be said, which is more than a page from what can be had. */
static void ask_for_large(const struct m2m_queue *queue, const struct v4l2_format *format)
{
	struct v4l2_create_buffers create = {
		.count = 1, .memory = V4L2_MEMORY_MMAP, .format = *format,
	};
	unsigned int i;

	if (!queue->multiplanar)
		create.format.fmt.pix.sizeimage = ~0U;
	for (i = 0; queue->multiplanar && i < VIDEO_MAX_PLANES; i++)
		create.format.fmt.pix_mp.plane_fmt[i].sizeimage = ~0U;
	call_device(queue->fd, VIDIOC_CREATE_BUFS, &create);
}

static void ask_for_many(const struct m2m_queue *queue)
{
	struct v4l2_create_buffers create = {
		.memory = V4L2_MEMORY_MMAP, .format.type = queue->type,
	};
	struct v4l2_exportbuffer export = { .type = queue->type, .plane = M2M_PLANES_MAX };

	must(call_device(queue->fd, VIDIOC_G_FMT, &create.format), "G_FMT");
	call_device(queue->fd, VIDIOC_CREATE_BUFS, &create);
	create.count = 1;
	create.memory = V4L2_MEMORY_OVERLAY;
	call_device(queue->fd, VIDIOC_CREATE_BUFS, &create);
	/* Beside those that there are, which are the driver's. */
	create.memory = V4L2_MEMORY_DMABUF;
	call_device(queue->fd, VIDIOC_CREATE_BUFS, &create);
	ask_for_large(queue, &create.format);
	call_device(queue->fd, VIDIOC_EXPBUF, &export);
	export.plane = 0;
	export.index = VIDEO_MAX_FRAME;
	call_device(queue->fd, VIDIOC_EXPBUF, &export);
	export.index = 0;
	export.flags = ~0U;
	call_device(queue->fd, VIDIOC_EXPBUF, &export);
}

/* There are no buffers. */
static void stream_nothing(struct m2m_queue *queue)
{
	struct m2m_done done;

	m2m_streamon(queue);
	m2m_dqbuf(queue, &done);
	m2m_streamoff(queue);
}

static void work(struct copy *copy)
{
	must(copy_start(copy), "start");
	must(copy_feed(copy, 0), "QBUF OUTPUT");
	must(copy_finish(copy, 0), "job");
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 10,
	};
	__u64 larger = 0;
	const struct arg args[] = {
		/* Dma-bufs are said to be larger than they are, too. */
		{ .name = "larger", .number = &larger },
	};

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(&copy, &options);

	ksft_set_plan(1);
	lie_about_buffers(&copy.m2m.output, copy.output.planes, copy.output.sizeimage[0]);
	lie_about_buffers(&copy.m2m.capture, copy.format.planes, copy.format.sizeimage[0]);
	ask_for_many(&copy.m2m.output);
	ask_for_many(&copy.m2m.capture);
	/* They are mapped, and exported. */
	set_count(&copy.m2m.output, V4L2_MEMORY_MMAP, 0);
	set_count(&copy.m2m.capture, V4L2_MEMORY_MMAP, 0);
	m2m_free(&copy.m2m.output);
	m2m_free(&copy.m2m.capture);
	stream_nothing(&copy.m2m.output);
	stream_nothing(&copy.m2m.capture);
	lie_about_dmabufs(&copy.m2m.output, copy.output.planes, copy.output.sizeimage[0], larger);
	lie_about_dmabufs(&copy.m2m.capture, copy.format.planes, copy.format.sizeimage[0], larger);
	must(copy_reallocate(&copy, "expbuf"), "buffers");
	work(&copy);
	copy_close(&copy);

	ksft_test_result_pass("lies.told\n");
	ksft_finished();
}
