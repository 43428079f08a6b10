// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "call.h"
#include "clock.h"
#include "m2m.h"

/* vim2m's "Transaction Time (msec)"; it has no name in a header. */
#define CID_TRANS_TIME_MSEC	(V4L2_CID_USER_BASE + 0x1000)

#define NODES		64
#define OPEN_WAIT	(2 * NSEC_PER_SEC)
#define FED_WAIT	NSEC_PER_SEC

/* Of 25 pictures in a second. */
#define FRAME_USEC	40000ULL

int m2m_device_name(int fd, unsigned int up, char *name, size_t size)
{
	char link[64], path[PATH_MAX], *slash;
	struct stat node;

	if (fstat(fd, &node))
		return -errno;
	snprintf(link, sizeof(link), "/sys/dev/char/%u:%u", major(node.st_rdev),
		 minor(node.st_rdev));
	if (!realpath(link, path))
		return -errno;
	for (; (slash = strrchr(path, '/')) && up; up--)
		*slash = 0;
	if (!slash)
		return -ENODEV;
	snprintf(name, size, "%s", slash + 1);
	return 0;
}

/* Until no signal comes in between. */
#define call(fd, request, arg) call_again(fd, request, arg, #request)

static int call_again(int fd, unsigned long request, void *arg, const char *name)
{
	int ret;

	do {
		ret = call_named(fd, request, arg, name);
	} while (ret == -EINTR);
	return ret;
}

static void queue_init(struct m2m_queue *queue, int fd, const char *name, __u32 type,
		       bool multiplanar)
{
	memset(queue, 0, sizeof(*queue));
	queue->fd = fd;
	queue->name = name;
	queue->type = type;
	queue->multiplanar = multiplanar;
	queue->memory = V4L2_MEMORY_MMAP;
}

static bool queue_offers(const struct m2m_queue *queue, __u32 pixelformat)
{
	struct v4l2_fmtdesc desc = { .type = queue->type };

	for (; !call(queue->fd, VIDIOC_ENUM_FMT, &desc); desc.index++) {
		if (desc.pixelformat == pixelformat)
			return true;
	}
	return false;
}

/* Which node is looked for, and what its queues must offer; NULL or 0: any. */
struct node {
	const char *driver;
	const char *device;
	__u32 one_plane;
	__u32 many_planes;
	__u32 to;
	__u32 from;
};

/* The whole name, or what comes after the dot in it. */
static bool device_is(const char *device, const char *name)
{
	const char *dot = strchr(device, '.');

	return !strcmp(device, name) || (dot && !strcmp(dot + 1, name));
}

static bool node_fits(struct m2m *m2m, const struct node *node)
{
	struct v4l2_capability caps = { 0 };
	bool multiplanar;

	if (call(m2m->fd, VIDIOC_QUERYCAP, &caps))
		return false;
	if (node->driver && strncmp((char *)caps.driver, node->driver, sizeof(caps.driver)))
		return false;
	/* DEVICE/video4linux/videoN */
	if (m2m_device_name(m2m->fd, 2, m2m->device, sizeof(m2m->device)))
		return false;
	if (node->device && !device_is(m2m->device, node->device))
		return false;
	if (!(caps.device_caps & (node->one_plane | node->many_planes)))
		return false;

	snprintf(m2m->driver, sizeof(m2m->driver), "%s", (char *)caps.driver);
	multiplanar = caps.device_caps & node->many_planes;
	queue_init(&m2m->output, m2m->fd, "output",
		   multiplanar ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE : V4L2_BUF_TYPE_VIDEO_OUTPUT,
		   multiplanar);
	queue_init(&m2m->capture, m2m->fd, "capture",
		   multiplanar ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE,
		   multiplanar);
	return (!node->to || queue_offers(&m2m->capture, node->to)) &&
	       (!node->from || queue_offers(&m2m->output, node->from));
}

static int open_node(struct m2m *m2m, const struct node *node)
{
	char path[32];
	int number;

	for (number = 0; number < NODES; number++) {
		snprintf(path, sizeof(path), "/dev/video%d", number);
		m2m->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		if (m2m->fd < 0)
			continue;
		if (node_fits(m2m, node))
			return 0;
		close(m2m->fd);
	}
	return -ENODEV;
}

static int wait_for_node(struct m2m *m2m, const struct node *node)
{
	__s64 deadline = clock_now() + OPEN_WAIT;
	int ret;

	while ((ret = open_node(m2m, node)) && clock_now() < deadline)
		clock_sleep(NSEC_PER_MSEC);
	return ret;
}

static struct node mem2mem(struct node node)
{
	node.one_plane = V4L2_CAP_VIDEO_M2M;
	node.many_planes = V4L2_CAP_VIDEO_M2M_MPLANE;
	return node;
}

static int open_m2m(struct m2m *m2m, struct node node)
{
	node = mem2mem(node);
	return wait_for_node(m2m, &node);
}

int m2m_open(struct m2m *m2m, const char *driver, __u32 coded)
{
	return open_m2m(m2m, (struct node){ .driver = driver, .to = coded });
}

int m2m_open_decoder(struct m2m *m2m, const char *driver, __u32 coded)
{
	return open_m2m(m2m, (struct node){ .driver = driver, .from = coded });
}

int m2m_open_device(struct m2m *m2m, const char *device, __u32 coded)
{
	return open_m2m(m2m, (struct node){ .device = device, .from = coded });
}

bool m2m_has_node(const char *device)
{
	const struct node node = mem2mem((struct node){ .device = device });
	struct m2m m2m;
	int ret = open_node(&m2m, &node);

	if (!ret)
		close(m2m.fd);
	return !ret;
}

int m2m_open_capture(struct m2m *m2m, const char *driver)
{
	const struct node node = {
		.driver = driver,
		.one_plane = V4L2_CAP_VIDEO_CAPTURE,
		.many_planes = V4L2_CAP_VIDEO_CAPTURE_MPLANE,
	};

	return wait_for_node(m2m, &node);
}

void m2m_close(struct m2m *m2m)
{
	m2m_free(&m2m->output);
	m2m_free(&m2m->capture);
	m2m_close_node(m2m);
}

void m2m_close_node(struct m2m *m2m)
{
	m2m_unmap(&m2m->output);
	m2m_unmap(&m2m->capture);
	if (m2m->fd >= 0)
		close(m2m->fd);
	m2m->fd = -1;
	m2m->output.fd = -1;
	m2m->capture.fd = -1;
}

static void format_read(const struct v4l2_format *from, bool multiplanar, struct m2m_format *to)
{
	const struct v4l2_pix_format_mplane *many = &from->fmt.pix_mp;
	const struct v4l2_pix_format *one = &from->fmt.pix;
	unsigned int i;

	memset(to, 0, sizeof(*to));
	if (!multiplanar) {
		to->width = one->width;
		to->height = one->height;
		to->pixelformat = one->pixelformat;
		to->planes = 1;
		to->bytesperline[0] = one->bytesperline;
		to->sizeimage[0] = one->sizeimage;
		return;
	}
	to->width = many->width;
	to->height = many->height;
	to->pixelformat = many->pixelformat;
	to->planes = many->num_planes;
	for (i = 0; i < to->planes && i < M2M_PLANES_MAX; i++) {
		to->bytesperline[i] = many->plane_fmt[i].bytesperline;
		to->sizeimage[i] = many->plane_fmt[i].sizeimage;
	}
}

int m2m_get_format(const struct m2m_queue *queue, struct m2m_format *format)
{
	struct v4l2_format raw = { .type = queue->type };
	int ret = call(queue->fd, VIDIOC_G_FMT, &raw);

	if (!ret)
		format_read(&raw, queue->multiplanar, format);
	return ret;
}

int m2m_set_format(const struct m2m_queue *queue, struct m2m_format *format)
{
	struct v4l2_format raw = { .type = queue->type };
	int ret;

	if (queue->multiplanar) {
		raw.fmt.pix_mp.width = format->width;
		raw.fmt.pix_mp.height = format->height;
		raw.fmt.pix_mp.pixelformat = format->pixelformat;
		raw.fmt.pix_mp.colorspace = format->colorspace;
	} else {
		raw.fmt.pix.width = format->width;
		raw.fmt.pix.height = format->height;
		raw.fmt.pix.pixelformat = format->pixelformat;
		raw.fmt.pix.colorspace = format->colorspace;
	}
	ret = call(queue->fd, VIDIOC_S_FMT, &raw);
	if (!ret)
		format_read(&raw, queue->multiplanar, format);
	return ret;
}

int m2m_set_job_time(const struct m2m *m2m, __u64 msec)
{
	if (strcmp(m2m->driver, "vim2m"))
		return 0;
	return m2m_set_control(m2m, CID_TRANS_TIME_MSEC, msec);
}

int m2m_set_control(const struct m2m *m2m, __u32 id, __s32 value)
{
	struct v4l2_control control = { .id = id, .value = value };

	return call(m2m->fd, VIDIOC_S_CTRL, &control);
}

int m2m_get_control(const struct m2m *m2m, __u32 id, __s32 *value)
{
	struct v4l2_control control = { .id = id };
	int ret = call(m2m->fd, VIDIOC_G_CTRL, &control);

	*value = control.value;
	return ret;
}

int m2m_encoder_command(const struct m2m *m2m, __u32 command)
{
	struct v4l2_encoder_cmd raw = { .cmd = command };

	return call(m2m->fd, VIDIOC_ENCODER_CMD, &raw);
}

/*
 * What the CAPTURE buffer is to bring back: a time that no other picture has, and
 * never 0, and a timecode that follows from it.
 */
static void stamp(struct m2m_queue *queue, struct v4l2_buffer *raw, __u64 usec)
{
	__u64 frame;

	if (V4L2_TYPE_IS_CAPTURE(queue->type))
		return;
	if (!usec)
		usec = ++queue->fed * FRAME_USEC;
	raw->timestamp.tv_sec = usec / 1000000;
	raw->timestamp.tv_usec = usec % 1000000;
	frame = usec / FRAME_USEC;
	raw->flags |= V4L2_BUF_FLAG_TIMECODE;
	raw->timecode.type = V4L2_TC_TYPE_25FPS;
	raw->timecode.frames = frame % 25;
	raw->timecode.seconds = frame / 25 % 60;
	raw->timecode.minutes = frame / 25 / 60 % 60;
	memcpy(raw->timecode.userbits, &usec, sizeof(raw->timecode.userbits));
}

int m2m_qbuf(struct m2m_queue *queue, unsigned int index, const __u32 *bytesused)
{
	struct m2m_buffer *buffer = &queue->buffer[index];
	struct v4l2_plane planes[M2M_PLANES_MAX] = { 0 };
	struct v4l2_buffer raw = {
		.type = queue->type,
		.memory = queue->memory,
		.index = index,
		.field = V4L2_FIELD_NONE,
		.flags = buffer->flags,
		.reserved2 = buffer->fence,
	};
	unsigned int i;
	int ret;

	stamp(queue, &raw, buffer->usec);
	if (buffer->request) {
		raw.flags |= V4L2_BUF_FLAG_REQUEST_FD;
		raw.request_fd = buffer->request;
	}

	if (queue->multiplanar) {
		raw.m.planes = planes;
		raw.length = queue->buffer[index].planes;
		for (i = 0; bytesused && i < raw.length; i++) {
			planes[i].bytesused = bytesused[i];
			planes[i].length = buffer->plane[i].size;
		}
		for (i = 0; queue->memory == V4L2_MEMORY_DMABUF && i < raw.length; i++)
			planes[i].m.fd = queue->buffer[index].plane[i].dmabuf[0];
	} else {
		if (bytesused) {
			raw.bytesused = bytesused[0];
			raw.length = buffer->plane[0].size;
		}
		if (queue->memory == V4L2_MEMORY_DMABUF)
			raw.m.fd = queue->buffer[index].plane[0].dmabuf[0];
	}
	ret = call(queue->fd, VIDIOC_QBUF, &raw);
	buffer->answer = raw.reserved2;
	if (!ret)
		buffer->queued++;
	return ret;
}

int m2m_dqbuf(struct m2m_queue *queue, struct m2m_done *done)
{
	struct v4l2_plane planes[M2M_PLANES_MAX] = { 0 };
	struct v4l2_buffer raw = {
		.type = queue->type,
		.memory = queue->memory,
	};
	unsigned int i;
	int ret;

	if (queue->multiplanar) {
		raw.m.planes = planes;
		raw.length = M2M_PLANES_MAX;
	}
	ret = call(queue->fd, VIDIOC_DQBUF, &raw);
	if (ret)
		return ret;
	memset(done, 0, sizeof(*done));
	done->time = clock_now();
	done->index = raw.index;
	done->sequence = raw.sequence;
	done->flags = raw.flags;
	done->bytesused[0] = raw.bytesused;
	for (i = 0; queue->multiplanar && i < raw.length; i++)
		done->bytesused[i] = planes[i].bytesused;
	return 0;
}

static int wait_for(const struct m2m *m2m, short event, __s64 nsec)
{
	struct pollfd fd = { .fd = m2m->fd, .events = event };
	struct timespec left = {
		.tv_sec = nsec / NSEC_PER_SEC,
		.tv_nsec = nsec % NSEC_PER_SEC,
	};

	if (ppoll(&fd, 1, &left, NULL) < 0)
		return 0;
	return !!(fd.revents & event);
}

int m2m_dqbuf_fed(struct m2m *m2m, struct m2m_done *done)
{
	int ret;

	ret = m2m_dqbuf(&m2m->output, done);
	if (ret == -EAGAIN && wait_for(m2m, POLLOUT, FED_WAIT))
		ret = m2m_dqbuf(&m2m->output, done);
	return ret;
}

int m2m_streamon(struct m2m_queue *queue)
{
	return call(queue->fd, VIDIOC_STREAMON, &queue->type);
}

int m2m_streamoff(struct m2m_queue *queue)
{
	return call(queue->fd, VIDIOC_STREAMOFF, &queue->type);
}

int m2m_wait(const struct m2m *m2m, __s64 nsec)
{
	return wait_for(m2m, POLLIN, nsec);
}
