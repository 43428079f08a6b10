// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings that no friendly program asks for: longer than their buffer, of an
 * offset where no buffer is, of a buffer that is gone, private, made longer
 * later; and mmap() in one thread while another gives the buffers back. Then
 * the queue must work as before.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest.h"

#include "call.h"
#include "copy.h"
#include "must.h"
#include "workload.h"

/* Rounds of a race that has no moment of its own. */
#define ROUNDS		20

/* The more there are to give back, the longer that takes, and the more meets it. */
#define MANY		16

/* Where the first plane of a buffer can be mapped. */
struct place {
	int fd;
	__u64 offset;
	size_t length;
};

static void find(const struct m2m_queue *queue, struct place *place)
{
	struct v4l2_plane planes[M2M_PLANES_MAX] = { 0 };
	struct v4l2_buffer raw = { .type = queue->type, .memory = V4L2_MEMORY_MMAP };

	if (queue->multiplanar) {
		raw.m.planes = planes;
		raw.length = M2M_PLANES_MAX;
	}
	must(call_device(queue->fd, VIDIOC_QUERYBUF, &raw), "QUERYBUF");
	place->fd = queue->fd;
	place->offset = queue->multiplanar ? planes[0].m.mem_offset : raw.m.offset;
	place->length = queue->multiplanar ? planes[0].length : raw.length;
}

static void try_map(const struct place *place, size_t more, __u64 further, int flags)
{
	size_t size = place->length + more;
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, place->fd,
			 place->offset + further);

	if (map != MAP_FAILED)
		munmap(map, size);
}

static size_t page(void)
{
	return sysconf(_SC_PAGESIZE);
}

/* What is there stays mapped, wherever it may lie now. */
static void try_grow(struct m2m_plane *plane)
{
	size_t size = (plane->size + page() - 1) & ~(page() - 1);
	void *map = mremap(plane->map, plane->size, size + page(), MREMAP_MAYMOVE);

	if (map == MAP_FAILED)
		return;
	plane->map = map;
	plane->size = size + page();
}

static void ask_too_much(struct m2m_queue *queue)
{
	struct place place;

	find(queue, &place);
	try_map(&place, page(), 0, MAP_SHARED);
	try_map(&place, 1UL << 30, 0, MAP_SHARED);
	try_map(&place, 0, page(), MAP_SHARED);
	try_map(&place, 0, 0, MAP_PRIVATE);
	try_grow(&queue->buffer[0].plane[0]);
}

static void set_count(const struct m2m_queue *queue, unsigned int count)
{
	struct v4l2_requestbuffers raw = {
		.type = queue->type,
		.memory = V4L2_MEMORY_MMAP,
		.count = count,
	};

	call_device(queue->fd, VIDIOC_REQBUFS, &raw);
}

/* Memory that somebody has mapped or exported stays his when the queue gives it back. */
static void leave_in_use(struct m2m_queue *queue)
{
	struct m2m_plane *plane = &queue->buffer[0].plane[0];

	set_count(queue, 0);
	memset(plane->map, 0, page());
	m2m_free(queue);
}

static void work(struct copy *copy)
{
	copy->frame = 0;
	copy->fed = 0;
	must(copy_start(copy), "start");
	must(copy_feed(copy, 0), "QBUF OUTPUT");
	must(copy_finish(copy, 0), "job");
	must(m2m_streamoff(&copy->m2m.output), "STREAMOFF OUTPUT");
	must(m2m_streamoff(&copy->m2m.capture), "STREAMOFF CAPTURE");
}

struct mapper {
	struct place place;
	bool stop;
};

static void *map_again(void *arg)
{
	struct mapper *mapper = arg;

	while (!__atomic_load_n(&mapper->stop, __ATOMIC_RELAXED)) {
		try_map(&mapper->place, 0, 0, MAP_SHARED);
		/* Before 8.1 QEMU can let the other CPU wait for as long as nobody does this. */
		asm volatile("yield");
	}
	return NULL;
}

/* One thread maps what another gives back. */
static void race(const struct m2m_queue *queue, const struct place *place)
{
	struct mapper mapper = { .place = *place };
	pthread_t thread;
	unsigned int i;

	must(-pthread_create(&thread, NULL, map_again, &mapper), "thread");
	for (i = 0; i < ROUNDS; i++) {
		set_count(queue, MANY);
		set_count(queue, 0);
	}
	__atomic_store_n(&mapper.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 2,
		.msec = 10,
	};
	struct place place;

	workload_begin(&options, argc, argv, NULL, 0);
	workload_open(&copy, &options);

	ksft_set_plan(1);
	ask_too_much(&copy.m2m.output);
	ask_too_much(&copy.m2m.capture);
	work(&copy);
	find(&copy.m2m.capture, &place);
	leave_in_use(&copy.m2m.capture);
	try_map(&place, 0, 0, MAP_SHARED);
	race(&copy.m2m.capture, &place);
	must(copy_reallocate(&copy, "expbuf"), "buffers");
	work(&copy);
	copy_close(&copy);

	ksft_test_result_pass("mappings.asked\n");
	ksft_finished();
}
