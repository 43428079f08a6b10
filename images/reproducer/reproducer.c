// SPDX-License-Identifier: GPL-2.0-only
/*
 * TITLE
 *
 * Arguments: a video device, and its media device if there is one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/media.h>
#include <linux/sync_file.h>
#include <linux/videodev2.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/wait.h>

#include "../kselftest.h"

enum side { OUTPUT, CAPTURE };

struct mapping {
	void *at;
	size_t size;
};

static const char *video, *media = "/dev/media0";
static pthread_barrier_t join;
static struct mapping unnamed;

static int told(const char *what, long ret)
{
	ksft_print_msg("%s: %s\n", what, ret == -1 ? strerror(errno) : "done");
	return ret;
}

static __u32 type_of(int fd, enum side side)
{
	struct v4l2_capability caps = { 0 };
	bool planes = !ioctl(fd, VIDIOC_QUERYCAP, &caps) &&
		      caps.device_caps & V4L2_CAP_VIDEO_M2M_MPLANE;

	if (planes)
		return side == OUTPUT ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE :
					V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
	return side == OUTPUT ? V4L2_BUF_TYPE_VIDEO_OUTPUT : V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

/* A buffer with room for its planes. */
struct whole {
	struct v4l2_buffer raw;
	struct v4l2_plane planes[VIDEO_MAX_PLANES];
};

static int ask(int fd, enum side side, __u32 index, __u32 memory, struct whole *whole)
{
	memset(whole, 0, sizeof(*whole));
	whole->raw.type = type_of(fd, side);
	whole->raw.index = index;
	whole->raw.memory = memory;
	whole->raw.field = V4L2_FIELD_NONE;
	if (V4L2_TYPE_IS_MULTIPLANAR(whole->raw.type)) {
		whole->raw.m.planes = whole->planes;
		whole->raw.length = VIDEO_MAX_PLANES;
	}
	return ioctl(fd, VIDIOC_QUERYBUF, &whole->raw);
}

static void format(int fd, enum side side, __u32 width, __u32 height, unsigned long request)
{
	struct v4l2_format raw = { .type = type_of(fd, side) };

	ioctl(fd, VIDIOC_G_FMT, &raw);
	/* At the same place in both. */
	raw.fmt.pix.width = width;
	raw.fmt.pix.height = height;
	told("format", ioctl(fd, request, &raw));
}

/* As format(), and what drivers need not heed. */
static void wish(int fd, enum side side, struct v4l2_pix_format pix, unsigned long request)
{
	struct v4l2_format raw = { .type = type_of(fd, side) };

	ioctl(fd, VIDIOC_G_FMT, &raw);
	/* As far as the field at the same place in both. */
	raw.fmt.pix.width = pix.width;
	raw.fmt.pix.height = pix.height;
	raw.fmt.pix.pixelformat = pix.pixelformat ?: raw.fmt.pix.pixelformat;
	raw.fmt.pix.field = pix.field;
	if (V4L2_TYPE_IS_MULTIPLANAR(raw.type)) {
		raw.fmt.pix_mp.plane_fmt[0].bytesperline = pix.bytesperline;
		raw.fmt.pix_mp.plane_fmt[0].sizeimage = pix.sizeimage;
	} else {
		raw.fmt.pix.bytesperline = pix.bytesperline;
		raw.fmt.pix.sizeimage = pix.sizeimage;
	}
	told("format", ioctl(fd, request, &raw));
}

static void set_up(int fd)
{
	enum side side;

	for (side = OUTPUT; side <= CAPTURE; side++) {
		struct v4l2_format raw = { .type = type_of(fd, side) };

		ioctl(fd, VIDIOC_G_FMT, &raw);
		raw.fmt.pix.width = 160;
		raw.fmt.pix.height = 128;
		told("set up", ioctl(fd, VIDIOC_S_FMT, &raw));
	}
}

static void stream(int fd, enum side side, bool on)
{
	__u32 type = type_of(fd, side);

	told(on ? "streamon" : "streamoff",
	     ioctl(fd, on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF, &type));
}

static void reqbufs(int fd, enum side side, __u32 count, __u32 memory)
{
	struct v4l2_requestbuffers raw = {
		.type = type_of(fd, side), .count = count, .memory = memory,
	};

	told("reqbufs", ioctl(fd, VIDIOC_REQBUFS, &raw));
}

static void createbufs(int fd, enum side side, __u32 count, __u32 memory)
{
	struct v4l2_create_buffers raw = { .count = count, .memory = memory };

	raw.format.type = type_of(fd, side);
	ioctl(fd, VIDIOC_G_FMT, &raw.format);
	told("createbufs", ioctl(fd, VIDIOC_CREATE_BUFS, &raw));
}

static void look(int fd, enum side side, __u32 index, __u32 plane, __u64 *length, __u64 *offset)
{
	struct whole whole;

	if (told("querybuf", ask(fd, side, index, V4L2_MEMORY_MMAP, &whole)))
		return;
	if (whole.raw.m.planes == whole.planes) {
		*length = whole.planes[plane].length;
		*offset = whole.planes[plane].m.mem_offset;
	} else {
		*length = whole.raw.length;
		*offset = whole.raw.m.offset;
	}
}

static int expbuf(int fd, enum side side, __u32 index, __u32 plane)
{
	struct v4l2_exportbuffer raw = {
		.type = type_of(fd, side), .index = index, .plane = plane,
		.flags = O_RDWR | O_CLOEXEC,
	};

	return told("expbuf", ioctl(fd, VIDIOC_EXPBUF, &raw)) ? -1 : raw.fd;
}

static void queue(int fd, enum side side, __u32 index, __u32 memory, int dmabuf, int req,
		  unsigned long request)
{
	struct whole whole;
	unsigned int i;

	ask(fd, side, index, memory, &whole);
	whole.raw.memory = memory;
	whole.raw.flags = req >= 0 ? V4L2_BUF_FLAG_REQUEST_FD : 0;
	whole.raw.request_fd = req;
	if (whole.raw.m.planes == whole.planes) {
		for (i = 0; i < whole.raw.length && i < VIDEO_MAX_PLANES; i++) {
			whole.planes[i].bytesused = side == OUTPUT ? whole.planes[i].length : 0;
			if (memory == V4L2_MEMORY_DMABUF)
				whole.planes[i].m.fd = dmabuf;
		}
	} else {
		whole.raw.bytesused = side == OUTPUT ? whole.raw.length : 0;
		if (memory == V4L2_MEMORY_DMABUF)
			whole.raw.m.fd = dmabuf;
	}
	told("qbuf", ioctl(fd, request, &whole.raw));
}

static void dequeue(int fd, enum side side, __u32 memory)
{
	struct whole whole;

	memset(&whole, 0, sizeof(whole));
	whole.raw.type = type_of(fd, side);
	whole.raw.memory = memory;
	whole.raw.m.planes = whole.planes;
	whole.raw.length = VIDEO_MAX_PLANES;
	told("dqbuf", ioctl(fd, VIDIOC_DQBUF, &whole.raw));
}

static void map(struct mapping *to, int fd, size_t size, off_t offset, int prot, int flags)
{
	void *at = mmap(NULL, size, prot, flags, fd, offset);

	told("mmap", at == MAP_FAILED ? -1 : 0);
	if (at != MAP_FAILED)
		*to = (struct mapping){ at, size };
}

static void remap(struct mapping *map, size_t size)
{
	void *at = mremap(map->at, map->size, size, MREMAP_MAYMOVE);

	told("mremap", at == MAP_FAILED ? -1 : 0);
	if (at != MAP_FAILED)
		*map = (struct mapping){ at, size };
}

static void touch(struct mapping *map)
{
	if (map->at) {
		__atomic_load_n((char *)map->at, __ATOMIC_SEQ_CST);
		__atomic_load_n((char *)map->at + map->size - 1, __ATOMIC_SEQ_CST);
	}
}

static void watch(int epoll, int fd, __u32 events, int op)
{
	struct epoll_event event = { .events = events };

	told("epoll_ctl", epoll_ctl(epoll, op, fd, &event));
}

static void wait_for(int epoll, int msec)
{
	struct epoll_event event;

	told("epoll_wait", epoll_wait(epoll, &event, 1, msec));
}

static int allocate(size_t size)
{
	struct dma_heap_allocation_data raw = { .len = size, .fd_flags = O_RDWR | O_CLOEXEC };
	int heap = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);
	int ret = told("heap", ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &raw));

	close(heap);
	return ret ? -1 : (int)raw.fd;
}

static void synchronize(int fd, __u64 flags)
{
	struct dma_buf_sync raw = { .flags = flags };

	told("sync", ioctl(fd, DMA_BUF_IOCTL_SYNC, &raw));
}

static int export(int fd, __u32 flags)
{
	struct dma_buf_export_sync_file raw = { .flags = flags, .fd = -1 };

	return told("export", ioctl(fd, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &raw)) ? -1 : raw.fd;
}

static void import(int fd, int fence, __u32 flags)
{
	struct dma_buf_import_sync_file raw = { .flags = flags, .fd = fence };

	told("import", ioctl(fd, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &raw));
}

static int merge(int one, int other)
{
	struct sync_merge_data raw = { .name = "merged", .fd2 = other, .fence = -1 };

	return told("merge", ioctl(one, SYNC_IOC_MERGE, &raw)) ? -1 : raw.fence;
}

static int request(int device)
{
	int fd = -1;

	return told("request", ioctl(device, MEDIA_IOC_REQUEST_ALLOC, &fd)) ? -1 : fd;
}

static void subscribe(int fd, __u32 type, __u32 flags, unsigned long request)
{
	struct v4l2_event_subscription raw = {
		.type = type, .flags = flags,
		.id = type == V4L2_EVENT_CTRL ? V4L2_CID_HFLIP : 0,
	};

	told("subscription", ioctl(fd, request, &raw));
}

static void dequeue_event(int fd)
{
	struct v4l2_event raw;

	told("dqevent", ioctl(fd, VIDIOC_DQEVENT, &raw));
}

static void control(int fd, unsigned int which, __s32 value, unsigned long request)
{
	static const __u32 ids[] = {
		V4L2_CID_HFLIP, V4L2_CID_VFLIP, V4L2_CID_ROTATE,
		V4L2_CID_JPEG_COMPRESSION_QUALITY, V4L2_CID_MPEG_VIDEO_GOP_SIZE,
	};
	struct v4l2_control raw = { .id = ids[which % 5], .value = value };

	told("control", ioctl(fd, request, &raw));
}

static void selection(int fd, enum side side, __u32 target, struct v4l2_rect rect,
		      unsigned long request)
{
	struct v4l2_selection raw = {
		.type = side == OUTPUT ? V4L2_BUF_TYPE_VIDEO_OUTPUT : V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.target = target, .r = rect,
	};

	told("selection", ioctl(fd, request, &raw));
}

static void removebufs(int fd, enum side side, __u32 index, __u32 count)
{
	/* Of struct v4l2_remove_buffers, which older headers do not have. */
	__u32 raw[16] = { index, count, type_of(fd, side) };

	told("removebufs", ioctl(fd, _IOWR('V', 104, __u32[16]), raw));
}

static void set_nonblock(int fd, bool nonblock)
{
	told("fcntl", fcntl(fd, F_SETFL, O_RDWR | (nonblock ? O_NONBLOCK : 0)));
}

static void wait_by_select(int fd, short events, int msec)
{
	struct timeval left = { .tv_sec = msec / 1000, .tv_usec = msec % 1000 * 1000 };
	fd_set in, out, pri;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&pri);
	if (fd >= 0 && events & POLLIN)
		FD_SET(fd, &in);
	if (fd >= 0 && events & POLLOUT)
		FD_SET(fd, &out);
	if (fd >= 0 && events & POLLPRI)
		FD_SET(fd, &pri);
	told("select", select(fd + 1, &in, &out, &pri, &left));
}

/* With CONFIG_FAILSLAB, and its debugfs files as root wants them. */
static void starve(int nth)
{
	int fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);

	dprintf(fd, "%d", nth);
	close(fd);
}

static void end(pid_t pid, int number)
{
	if (pid <= 0)
		return;
	if (number)
		kill(pid, number);
	told("wait", waitpid(pid, NULL, 0));
}

/* THE HISTORY */

int main(int argc, char **argv)
{
	pthread_t thread[THREADS];
	unsigned int i;

	ksft_print_header();
	if (argc < 2)
		ksft_exit_skip("no video device was named\n");
	video = argv[1];
	if (argc > 2)
		media = argv[2];
	ksft_set_plan(1);
	pthread_barrier_init(&join, NULL, THREADS);
	for (i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, threads[i], NULL);
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	ksft_test_result_pass("survived\n");
	ksft_finished();
}
