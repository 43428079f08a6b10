// SPDX-License-Identifier: GPL-2.0-only
/* Buffers of a queue: where they are mapped and what they are exported as. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "call.h"
#include "m2m.h"

static int map_plane(struct m2m_queue *queue, struct m2m_plane *plane, size_t size, __u32 offset)
{
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, queue->fd, offset);

	if (map == MAP_FAILED)
		return -errno;
	plane->map = map;
	plane->size = size;
	return 0;
}

static int map_buffer(struct m2m_queue *queue, unsigned int index)
{
	struct m2m_buffer *buffer = &queue->buffer[index];
	struct v4l2_plane planes[M2M_PLANES_MAX] = { 0 };
	struct v4l2_buffer raw = {
		.type = queue->type,
		.memory = V4L2_MEMORY_MMAP,
		.index = index,
	};
	unsigned int i;
	int ret;

	if (queue->multiplanar) {
		raw.m.planes = planes;
		raw.length = M2M_PLANES_MAX;
	}
	ret = call_device(queue->fd, VIDIOC_QUERYBUF, &raw);
	if (ret)
		return ret;
	if (!queue->multiplanar) {
		buffer->planes = 1;
		return map_plane(queue, &buffer->plane[0], raw.length, raw.m.offset);
	}
	buffer->planes = raw.length;
	for (i = 0; i < buffer->planes && !ret; i++)
		ret = map_plane(queue, &buffer->plane[i], planes[i].length, planes[i].m.mem_offset);
	return ret;
}

static int request(struct m2m_queue *queue, __u32 memory, unsigned int count)
{
	struct v4l2_requestbuffers raw = {
		.type = queue->type,
		.memory = memory,
		.count = count,
	};
	int ret;

	ret = call_device(queue->fd, VIDIOC_REQBUFS, &raw);
	if (ret)
		return ret;
	if (raw.count > VIDEO_MAX_FRAME)
		return -E2BIG;
	memset(queue->buffer, 0, sizeof(queue->buffer));
	queue->memory = memory;
	queue->buffers = raw.count;
	return 0;
}

int m2m_allocate(struct m2m_queue *queue, unsigned int count)
{
	unsigned int i;
	int ret;

	ret = request(queue, V4L2_MEMORY_MMAP, count);
	for (i = 0; i < queue->buffers && !ret; i++)
		ret = map_buffer(queue, i);
	return ret;
}

int m2m_allocate_pair(struct m2m *m2m, unsigned int count)
{
	int ret;

	ret = m2m_allocate(&m2m->output, count);
	if (!ret)
		ret = m2m_allocate(&m2m->capture, count);
	if (!ret && (m2m->output.buffers != count || m2m->capture.buffers != count))
		ret = -ENOSPC;
	return ret;
}

static int import_plane(struct m2m_plane *plane, int dmabuf, size_t size)
{
	void *map;

	plane->dmabuf[plane->exports++] = dmabuf;
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	if (map == MAP_FAILED)
		return -errno;
	plane->map = map;
	plane->size = size;
	return 0;
}

int m2m_import(struct m2m_queue *queue, const int *dmabuf, unsigned int count,
	       unsigned int planes, const __u32 *size)
{
	unsigned int i, plane;
	int ret, failed;

	ret = request(queue, V4L2_MEMORY_DMABUF, count);
	if (!ret && queue->buffers != count)
		ret = -ENOSPC;
	for (i = 0; i < count; i++) {
		queue->buffer[i].planes = planes;
		for (plane = 0; plane < planes; plane++) {
			failed = import_plane(&queue->buffer[i].plane[plane], *dmabuf++,
					      size[plane]);
			if (!ret)
				ret = failed;
		}
	}
	return ret;
}

static void unmap_plane(struct m2m_plane *plane)
{
	if (plane->map)
		munmap(plane->map, plane->size);
	plane->map = NULL;
}

void m2m_unmap(struct m2m_queue *queue)
{
	unsigned int i, plane;

	for (i = 0; i < queue->buffers; i++) {
		for (plane = 0; plane < queue->buffer[i].planes; plane++)
			unmap_plane(&queue->buffer[i].plane[plane]);
	}
}

static void free_plane(struct m2m_plane *plane)
{
	while (plane->exports)
		close(plane->dmabuf[--plane->exports]);
	unmap_plane(plane);
}

void m2m_free(struct m2m_queue *queue)
{
	struct v4l2_requestbuffers raw = {
		.type = queue->type,
		.memory = queue->memory,
	};
	unsigned int i, plane;

	for (i = 0; i < queue->buffers; i++) {
		for (plane = 0; plane < queue->buffer[i].planes; plane++)
			free_plane(&queue->buffer[i].plane[plane]);
	}
	if (queue->buffers)
		call_device(queue->fd, VIDIOC_REQBUFS, &raw);
	queue->buffers = 0;
}

static int export_plane(struct m2m_queue *queue, unsigned int index, unsigned int number)
{
	struct m2m_plane *plane = &queue->buffer[index].plane[number];
	struct v4l2_exportbuffer raw = {
		.type = queue->type,
		.index = index,
		.plane = number,
		.flags = O_RDWR | O_CLOEXEC,
	};
	int ret;

	if (plane->exports == M2M_EXPORTS_MAX)
		return -ENOSPC;
	ret = call_device(queue->fd, VIDIOC_EXPBUF, &raw);
	if (ret)
		return ret;
	plane->dmabuf[plane->exports++] = raw.fd;
	return 0;
}

int m2m_export_buffer(struct m2m_queue *queue, unsigned int index)
{
	unsigned int plane;
	int ret = 0;

	for (plane = 0; plane < queue->buffer[index].planes && !ret; plane++)
		ret = export_plane(queue, index, plane);
	return ret;
}

int m2m_export(struct m2m_queue *queue)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < queue->buffers && !ret; i++)
		ret = m2m_export_buffer(queue, i);
	return ret;
}
