// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of the buffers of each queue, step by step, and each allocation of
 * each step fails once: memory of the driver is asked for, more is created,
 * mapped, exported, queued; or, with --imported=NAME, memory of this exporter. What
 * failed leaves nothing behind, the same step then works, and so does the device.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "kselftest.h"

#include "args.h"
#include "call.h"
#include "copy.h"
#include "exporter.h"
#include "must.h"
#include "scarcity.h"
#include "workload.h"

#define COUNT	2

struct life {
	struct m2m_queue *queue;
	struct m2m_format format;
	__u32 memory;
	/* Of a buffer of the driver. */
	void *map;
	size_t size;
	int exported;
	/* Memory of somebody else, and of whom. */
	const char *exporter;
	int dmabuf[M2M_PLANES_MAX];
};

static int set_count(const struct life *life, unsigned int count)
{
	struct v4l2_requestbuffers raw = {
		.type = life->queue->type, .memory = life->memory, .count = count,
	};
	int ret = call_device(life->queue->fd, VIDIOC_REQBUFS, &raw);

	/* Fewer than were asked for are for the program to see. */
	return ret ? ret : raw.count < count ? -ENOMEM : 0;
}

static int allocate(void *arg)
{
	struct life *life = arg;
	int ret;

	life->memory = V4L2_MEMORY_MMAP;
	ret = set_count(life, COUNT);
	if (ret)
		set_count(life, 0);
	return ret;
}

static int reserve(void *arg)
{
	struct life *life = arg;

	life->memory = V4L2_MEMORY_DMABUF;
	return set_count(life, COUNT);
}

static void give_back(void *arg)
{
	set_count(arg, 0);
}

/* A driver may have no VIDIOC_CREATE_BUFS, and no VIDIOC_PREPARE_BUF. */
static int if_there(int ret)
{
	return ret == -ENOTTY ? 0 : ret;
}

static int create(void *arg)
{
	const struct life *life = arg;
	struct v4l2_create_buffers raw = {
		.count = 1, .memory = V4L2_MEMORY_MMAP, .format.type = life->queue->type,
	};
	int ret = call_device(life->queue->fd, VIDIOC_G_FMT, &raw.format);

	return ret ? ret : if_there(call_device(life->queue->fd, VIDIOC_CREATE_BUFS, &raw));
}

static void fill_in(const struct life *life, struct v4l2_buffer *raw, struct v4l2_plane *planes)
{
	unsigned int i;

	memset(planes, 0, M2M_PLANES_MAX * sizeof(*planes));
	*raw = (struct v4l2_buffer){
		.type = life->queue->type, .memory = life->memory, .field = V4L2_FIELD_NONE,
	};
	if (!life->queue->multiplanar) {
		raw->m.fd = life->dmabuf[0];
		raw->length = life->format.sizeimage[0];
		raw->bytesused = life->format.sizeimage[0];
		return;
	}
	raw->m.planes = planes;
	raw->length = life->format.planes;
	for (i = 0; i < life->format.planes; i++) {
		planes[i].m.fd = life->dmabuf[i];
		planes[i].length = life->format.sizeimage[i];
		planes[i].bytesused = life->format.sizeimage[i];
	}
}

static int map(void *arg)
{
	struct v4l2_plane planes[M2M_PLANES_MAX];
	struct life *life = arg;
	struct v4l2_buffer raw;
	int ret;

	fill_in(life, &raw, planes);
	ret = call_device(life->queue->fd, VIDIOC_QUERYBUF, &raw);
	if (ret)
		return ret;
	life->size = life->queue->multiplanar ? planes[0].length : raw.length;
	life->map = mmap(NULL, life->size, PROT_READ | PROT_WRITE, MAP_SHARED, life->queue->fd,
			 life->queue->multiplanar ? planes[0].m.mem_offset : raw.m.offset);
	return life->map == MAP_FAILED ? -errno : 0;
}

static void unmap(void *arg)
{
	const struct life *life = arg;

	munmap(life->map, life->size);
}

static int export(void *arg)
{
	struct life *life = arg;
	struct v4l2_exportbuffer raw = { .type = life->queue->type, .flags = O_CLOEXEC };
	int ret = call_device(life->queue->fd, VIDIOC_EXPBUF, &raw);

	life->exported = raw.fd;
	return ret;
}

static void drop_exported(void *arg)
{
	const struct life *life = arg;

	close(life->exported);
}

static int call_buffer(const struct life *life, unsigned long request)
{
	struct v4l2_plane planes[M2M_PLANES_MAX];
	struct v4l2_buffer raw;

	fill_in(life, &raw, planes);
	return call_device(life->queue->fd, request, &raw);
}

static int prepare(void *arg)
{
	return if_there(call_buffer(arg, VIDIOC_PREPARE_BUF));
}

/* A stateless decoder wants a request with its OUTPUT buffers, and says so. */
static int queue(void *arg)
{
	int ret = call_buffer(arg, VIDIOC_QBUF);

	return ret == -EBADR ? 0 : ret;
}

/* Whatever is queued comes back, and what was imported goes. */
static void take_back(void *arg)
{
	struct life *life = arg;

	m2m_streamoff(life->queue);
}

static int allocate_elsewhere(void *arg)
{
	struct life *life = arg;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < life->format.planes; i++) {
		ret = exporter_allocate(life->exporter, life->format.sizeimage[i]);
		if (ret < 0)
			break;
		life->dmabuf[i] = ret;
	}
	if (i == life->format.planes)
		return 0;
	while (i--)
		close(life->dmabuf[i]);
	return ret;
}

static void drop_elsewhere(void *arg)
{
	const struct life *life = arg;
	unsigned int i;

	for (i = 0; i < life->format.planes; i++)
		close(life->dmabuf[i]);
}

static const struct scarcity_step own_memory[] = {
	{ "REQBUFS", allocate, give_back, false },
	{ "mmap", map, unmap, false },
	{ "EXPBUF", export, drop_exported, true },
	{ "PREPARE_BUF", prepare, NULL, true },
	{ "QBUF", queue, take_back, true },
	{ "CREATE_BUFS", create, NULL, false },
};

static const struct scarcity_step others_memory[] = {
	{ "allocation of dma-bufs", allocate_elsewhere, drop_elsewhere, false },
	{ "REQBUFS", reserve, give_back, false },
	{ "QBUF of a dma-buf", queue, take_back, true },
};

static void make_all(struct scarcity *scarcity, struct life *life,
		     const struct scarcity_step *steps, size_t count, const char *leave_out)
{
	bool made[ARRAY_SIZE(own_memory)] = { false };
	size_t i;

	for (i = 0; i < count; i++) {
		if (leave_out && !strcmp(steps[i].name, leave_out))
			continue;
		if (scarcity_make(scarcity, &steps[i], life))
			break;
		made[i] = true;
	}
	while (count--)
		if (made[count] && steps[count].drop)
			steps[count].drop(life);
}

static void live(struct scarcity *scarcity, struct m2m_queue *queue, const char *imported,
		 const char *leave_out)
{
	struct life life = {
		.queue = queue, .memory = V4L2_MEMORY_MMAP, .exporter = imported,
	};

	m2m_free(queue);
	must(m2m_get_format(queue, &life.format), "G_FMT");
	if (imported)
		make_all(scarcity, &life, others_memory, ARRAY_SIZE(others_memory), leave_out);
	else
		make_all(scarcity, &life, own_memory, ARRAY_SIZE(own_memory), leave_out);
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 10,
	};
	const char *leave_out = NULL, *imported = NULL;
	const struct arg args[] = {
		{ .name = "leave-out", .word = &leave_out },
		{ .name = "imported", .word = &imported },
	};
	struct scarcity scarcity;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(&copy, &options);
	must(scarcity_open(&scarcity), "failslab");

	ksft_set_plan(4);
	live(&scarcity, &copy.m2m.output, imported, leave_out);
	live(&scarcity, &copy.m2m.capture, imported, leave_out);
	scarcity_close(&scarcity);
	must(copy_reallocate(&copy, "expbuf"), "buffers");
	must(copy_start(&copy), "start");
	must(copy_feed(&copy, 0), "QBUF OUTPUT");
	must(copy_finish(&copy, 0), "job");
	copy_close(&copy);

	ksft_print_msg("%u steps, %u allocations failed\n", scarcity.steps, scarcity.injected);
	ksft_test_result(scarcity.injected > scarcity.steps, "life.injected\n");
	ksft_test_result(!scarcity.broken, "life.goes-on\n");
	ksft_test_result(!scarcity.surprises, "life.errors\n");
	ksft_test_result(!copy_wrong(&copy), "capture.streams\n");
	ksft_finished();
}
