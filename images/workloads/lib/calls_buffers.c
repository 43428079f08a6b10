// SPDX-License-Identifier: GPL-2.0-only
/* Calls on the buffers of a queue. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "call.h"
#include "exercise.h"

/* Headers of programs may be older than the kernel. */
#ifndef VIDIOC_REMOVE_BUFS
struct v4l2_remove_buffers {
	__u32 index;
	__u32 count;
	__u32 type;
	__u32 reserved[13];
};

#define VIDIOC_REMOVE_BUFS _IOWR('V', 104, struct v4l2_remove_buffers)
#endif

/* Of a picture that was never fed: as m2m.c counts them. */
#define FRAME_USEC	40000ULL

/* For buffers in memory of the program: each has so much of it. */
#define USER_BYTES	(1024 * 1024UL)

static __u32 memory_of(const struct history_call *call, __u32 usual)
{
	const char *word = history_value(call, "memory");

	if (!word)
		return usual ? usual : V4L2_MEMORY_MMAP;
	if (!strcmp(word, "mmap"))
		return V4L2_MEMORY_MMAP;
	if (!strcmp(word, "userptr"))
		return V4L2_MEMORY_USERPTR;
	return strcmp(word, "dmabuf") ? V4L2_MEMORY_OVERLAY : V4L2_MEMORY_DMABUF;
}

/* What there is to be known of a buffer: planes, lengths, where they can be mapped. */
static int ask(struct exercise_file *file, struct m2m_queue *queue, int fd, unsigned int index)
{
	bool capture = queue == &file->copy.m2m.capture;
	struct v4l2_plane planes[M2M_PLANES_MAX] = { 0 };
	struct v4l2_buffer raw = {
		.type = queue->type, .memory = queue->memory, .index = index,
	};
	struct m2m_buffer *buffer;
	unsigned int i;
	int ret;

	if (queue->multiplanar) {
		raw.m.planes = planes;
		raw.length = M2M_PLANES_MAX;
	}
	ret = call_device(fd, VIDIOC_QUERYBUF, &raw);
	if (ret || index >= VIDEO_MAX_FRAME || queue->memory != V4L2_MEMORY_MMAP)
		return ret;
	buffer = &queue->buffer[index];
	if (!queue->multiplanar) {
		buffer->planes = 1;
		buffer->plane[0].size = raw.length;
		file->offset[capture][index][0] = raw.m.offset;
		return 0;
	}
	buffer->planes = raw.length;
	for (i = 0; i < raw.length && i < M2M_PLANES_MAX; i++) {
		buffer->plane[i].size = planes[i].length;
		file->offset[capture][index][i] = planes[i].m.mem_offset;
	}
	return 0;
}

/* Buffers that are not in memory of the driver are as large as its format says. */
static void learn(struct exercise_file *file, struct m2m_queue *queue, int fd, unsigned int count)
{
	struct m2m_queue same = *queue;
	struct m2m_format format = { 0 };
	unsigned int i, plane;

	same.fd = fd;
	if (count > VIDEO_MAX_FRAME)
		count = VIDEO_MAX_FRAME;
	if (queue->memory != V4L2_MEMORY_MMAP && count)
		m2m_get_format(&same, &format);
	for (i = 0; i < count; i++) {
		queue->buffer[i].planes = format.planes;
		for (plane = 0; plane < format.planes; plane++)
			queue->buffer[i].plane[plane].size = format.sizeimage[plane];
		if (queue->memory == V4L2_MEMORY_MMAP)
			ask(file, queue, fd, i);
	}
	queue->buffers = count;
}

/* reqbufs v out|cap count= memory= [flags=] */
static int make_reqbufs(const struct exercise_target *on, const struct history_call *call)
{
	struct v4l2_requestbuffers raw = { 0 };
	int ret;

	raw.type = on->queue->type;
	raw.count = history_number(call, "count", on->queue->buffers, 0);
	raw.memory = memory_of(call, 0);
	raw.flags = history_number(call, "flags", 0, 0);
	ret = call_device(on->fd, VIDIOC_REQBUFS, &raw);
	if (ret)
		return ret;
	on->queue->memory = raw.memory;
	learn(on->file, on->queue, on->fd, raw.count);
	return 0;
}

/* Buffers may be made for pictures that are larger than those of now. */
static void set_size(struct v4l2_format *format, const struct history_call *call)
{
	struct v4l2_plane_pix_format *plane = &format->fmt.pix_mp.plane_fmt[0];
	struct v4l2_pix_format *pix = &format->fmt.pix;

	if (V4L2_TYPE_IS_MULTIPLANAR(format->type))
		plane->sizeimage = history_number(call, "size", plane->sizeimage, plane->sizeimage);
	else
		pix->sizeimage = history_number(call, "size", pix->sizeimage, pix->sizeimage);
}

/* createbufs v out|cap count= memory= [size=] [flags=] */
static int make_createbufs(const struct exercise_target *on, const struct history_call *call)
{
	struct v4l2_create_buffers raw = { 0 };
	int ret;

	raw.format.type = on->queue->type;
	ret = call_device(on->fd, VIDIOC_G_FMT, &raw.format);
	if (ret)
		return ret;
	raw.count = history_number(call, "count", on->queue->buffers, 0);
	raw.memory = memory_of(call, on->queue->buffers ? on->queue->memory : 0);
	raw.flags = history_number(call, "flags", 0, 0);
	set_size(&raw.format, call);
	ret = call_device(on->fd, VIDIOC_CREATE_BUFS, &raw);
	if (ret || !raw.count)
		return ret;
	on->queue->memory = raw.memory;
	learn(on->file, on->queue, on->fd, raw.index + raw.count);
	return 0;
}

/* removebufs v out|cap index= count= */
static int make_removebufs(const struct exercise_target *on, const struct history_call *call)
{
	struct v4l2_remove_buffers raw = { 0 };

	raw.type = on->queue->type;
	raw.index = history_index(call, "index", on->queue->buffers);
	raw.count = history_number(call, "count", on->queue->buffers, 1);
	return call_device(on->fd, VIDIOC_REMOVE_BUFS, &raw);
}

/* querybuf v out|cap index= */
static int make_querybuf(const struct exercise_target *on, const struct history_call *call)
{
	return ask(on->file, on->queue, on->fd,
		   history_index(call, "index", on->queue->buffers));
}

/* expbuf v out|cap index= plane= [ro] [flags=] */
static int make_expbuf(const struct exercise_target *on, const struct history_call *call)
{
	struct v4l2_exportbuffer raw = { .flags = O_RDWR | O_CLOEXEC };
	int ret;

	raw.type = on->queue->type;
	raw.index = history_index(call, "index", on->queue->buffers);
	raw.plane = history_index(call, "plane", on->queue->buffer[0].planes);
	if (history_has(call, "ro"))
		raw.flags = O_RDONLY | O_CLOEXEC;
	raw.flags |= history_number(call, "flags", 0, 0);
	ret = call_device(on->fd, VIDIOC_EXPBUF, &raw);
	return ret ? ret : raw.fd;
}

/* A time and a timecode that no other picture has. */
static void stamp(struct exercise *exercise, struct v4l2_buffer *raw)
{
	__u64 frame = __atomic_add_fetch(&exercise->fed, 1, __ATOMIC_SEQ_CST);
	__u64 usec = frame * FRAME_USEC;

	raw->timestamp.tv_sec = usec / 1000000;
	raw->timestamp.tv_usec = usec % 1000000;
	raw->flags |= V4L2_BUF_FLAG_TIMECODE;
	raw->timecode.type = V4L2_TC_TYPE_25FPS;
	raw->timecode.frames = frame % 25;
	raw->timecode.seconds = frame / 25 % 60;
	memcpy(raw->timecode.userbits, &usec, sizeof(raw->timecode.userbits));
}

/* Memory of the program for a buffer; the same of an index, whose queue or file ever. */
static void *user_memory(unsigned int index)
{
	static char *all;
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	void *map;

	pthread_mutex_lock(&lock);
	if (!all) {
		map = mmap(NULL, VIDEO_MAX_FRAME * USER_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		all = map == MAP_FAILED ? NULL : map;
	}
	pthread_mutex_unlock(&lock);
	return all ? all + index % VIDEO_MAX_FRAME * USER_BYTES : NULL;
}

/* Nothing is mapped there. */
#define NOWHERE		((void *)0x10000UL)

/* Memory that may be read only. */
static void *sealed_memory(void)
{
	void *map = mmap(NULL, USER_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return map == MAP_FAILED ? NOWHERE : map;
}

/* at=: nowhere, sealed, odd (not at the beginning of a page), or a mapping, whoever unmaps it. */
static void *user_place(const struct exercise *exercise, const struct history_call *call,
			unsigned int index)
{
	const char *word = history_value(call, "at");
	char *usual = user_memory(index);

	if (!word)
		return usual;
	if (!strcmp(word, "sealed"))
		return sealed_memory();
	if (!strcmp(word, "odd"))
		return usual ? usual + 8 : NULL;
	if (*word == 'm')
		return __atomic_load_n(&exercise->map[exercise_number(word)].at, __ATOMIC_SEQ_CST);
	return NOWHERE;
}

/* What VIDIOC_QBUF and VIDIOC_PREPARE_BUF say of a plane. */
struct told {
	__u32 memory;
	__u32 used;
	__u32 length;
	int dmabuf;
	void *user;
};

static struct told told_of(const struct exercise *exercise, const struct exercise_file *file,
			   const struct m2m_queue *queue, const struct history_call *call,
			   unsigned int index)
{
	const struct m2m_buffer *buffer = &queue->buffer[index % VIDEO_MAX_FRAME];
	bool output = V4L2_TYPE_IS_OUTPUT(queue->type);
	__u32 size = buffer->plane[0].size, payload = size;
	const char *dmabuf = history_value(call, "fd");

	if (output && index < COPY_DEPTH_MAX && file->copy.payload[index] &&
	    file->copy.payload[index] <= size)
		payload = file->copy.payload[index];
	return (struct told){
		.memory = memory_of(call, queue->memory),
		.used = history_number(call, "used", size, output ? payload : 0),
		.length = history_number(call, "length", size, size),
		.dmabuf = dmabuf ? exercise_fd(exercise, dmabuf) : -1,
		.user = user_place(exercise, call, index),
	};
}

static void fill_in(const struct m2m_queue *queue, const struct told *told,
		    struct v4l2_buffer *raw, struct v4l2_plane *planes)
{
	const struct m2m_buffer *buffer = &queue->buffer[raw->index % VIDEO_MAX_FRAME];
	unsigned int i;

	raw->memory = told->memory;
	if (!queue->multiplanar) {
		raw->bytesused = told->used;
		raw->length = told->length;
		if (told->memory == V4L2_MEMORY_USERPTR)
			raw->m.userptr = (unsigned long)told->user;
		else
			raw->m.fd = told->memory == V4L2_MEMORY_DMABUF ? told->dmabuf : 0;
		return;
	}
	raw->m.planes = planes;
	raw->length = buffer->planes;
	for (i = 0; i < raw->length; i++) {
		/* The first plane is the largest. */
		planes[i].length = i ? buffer->plane[i].size : told->length;
		planes[i].bytesused = told->used < planes[i].length || !i ? told->used :
				      planes[i].length;
		if (told->memory == V4L2_MEMORY_USERPTR)
			planes[i].m.userptr = (unsigned long)told->user;
		else if (told->memory == V4L2_MEMORY_DMABUF)
			planes[i].m.fd = told->dmabuf;
	}
}

/*
 * qbuf v out|cap index= [used=] [length=] [memory=] [fd=d] [request=r] [flags=] [field=]
 * [planes=] [offset=] [at=], preparebuf
 */
static int make_qbuf(const struct exercise_target *on, const struct history_call *call)
{
	struct v4l2_plane planes[M2M_PLANES_MAX] = { 0 };
	const char *request = history_value(call, "request");
	struct v4l2_buffer raw = { .field = V4L2_FIELD_NONE };
	struct told told;

	raw.type = on->queue->type;
	raw.index = history_index(call, "index", on->queue->buffers);
	raw.flags = history_number(call, "flags", 0, 0);
	raw.field = history_number(call, "field", 0, V4L2_FIELD_NONE);
	told = told_of(on->exercise, on->file, on->queue, call, raw.index);
	fill_in(on->queue, &told, &raw, planes);
	if (on->queue->multiplanar)
		raw.length = history_number(call, "planes", raw.length, raw.length);
	planes[0].data_offset = history_number(call, "offset", told.length, 0);
	if (request) {
		raw.flags |= V4L2_BUF_FLAG_REQUEST_FD;
		raw.request_fd = exercise_fd(on->exercise, request);
	}
	if (!strcmp(call->name, "preparebuf"))
		return call_device(on->fd, VIDIOC_PREPARE_BUF, &raw);
	if (V4L2_TYPE_IS_OUTPUT(on->queue->type))
		stamp(on->exercise, &raw);
	return call_device(on->fd, VIDIOC_QBUF, &raw);
}

/* dqbuf v out|cap */
static int make_dqbuf(const struct exercise_target *on, const struct history_call *call)
{
	struct v4l2_plane planes[M2M_PLANES_MAX] = { 0 };
	struct v4l2_buffer raw = { 0 };

	raw.type = on->queue->type;
	raw.memory = memory_of(call, on->queue->memory);
	if (on->queue->multiplanar) {
		raw.m.planes = planes;
		raw.length = M2M_PLANES_MAX;
	}
	return call_device(on->fd, VIDIOC_DQBUF, &raw);
}

/* Whether all planes of a buffer are mapped, and as large as a picture. */
static bool map_planes(struct exercise_file *file, struct m2m_queue *queue, int fd,
		       unsigned int index, const struct m2m_format *format)
{
	bool capture = queue == &file->copy.m2m.capture;
	struct m2m_buffer *buffer = &queue->buffer[index];
	unsigned int i;

	if (queue->memory != V4L2_MEMORY_MMAP || index >= queue->buffers ||
	    buffer->planes != format->planes)
		return false;
	for (i = 0; i < buffer->planes; i++) {
		struct m2m_plane *plane = &buffer->plane[i];
		void *map = MAP_FAILED;

		if (plane->size >= format->sizeimage[i])
			map = mmap(NULL, plane->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
				   file->offset[capture][index][i]);
		plane->map = map == MAP_FAILED ? NULL : map;
		if (!plane->map)
			return false;
	}
	return true;
}

static void unmap_planes(struct m2m_buffer *buffer)
{
	unsigned int i;

	for (i = 0; i < M2M_PLANES_MAX; i++) {
		if (buffer->plane[i].map)
			munmap(buffer->plane[i].map, buffer->plane[i].size);
		buffer->plane[i].map = NULL;
	}
}

/* fill v index=: a picture for an OUTPUT buffer, as the workloads feed it. */
static int make_fill(const struct exercise_target *on, const struct history_call *call)
{
	unsigned int index;
	struct copy *copy;

	if (!on->file->copy.output.planes)
		return -EBADF;
	copy = &on->file->copy;
	index = history_index(call, "index", copy->m2m.output.buffers);
	pthread_mutex_lock(&on->file->filling);
	if (index < copy->depth &&
	    map_planes(on->file, &copy->m2m.output, on->fd, index, &copy->output) &&
	    map_planes(on->file, &copy->m2m.capture, on->fd, index, &copy->format))
		copy->payload[index] = copy->device->fill(copy, index);
	if (index < VIDEO_MAX_FRAME) {
		unmap_planes(&copy->m2m.output.buffer[index]);
		unmap_planes(&copy->m2m.capture.buffer[index]);
	}
	pthread_mutex_unlock(&on->file->filling);
	return 0;
}

const struct exercise_call calls_buffers[] = {
	{ "reqbufs", .on = make_reqbufs },
	{ "createbufs", .on = make_createbufs },
	{ "removebufs", .on = make_removebufs },
	{ "querybuf", .on = make_querybuf },
	{ "expbuf", .on = make_expbuf },
	{ "qbuf", .on = make_qbuf },
	{ "preparebuf", .on = make_qbuf },
	{ "dqbuf", .on = make_dqbuf },
	{ "fill", .on = make_fill },
	{ 0 }
};
