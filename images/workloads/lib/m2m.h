/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A mem2mem video node and its two queues. Planes are arrays everywhere, so
 * that single-planar and multi-planar drivers look the same. Functions that
 * return int give 0 or a negative errno unless they say otherwise.
 */
#ifndef M2M_M2M_H
#define M2M_M2M_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <linux/videodev2.h>

#define M2M_PLANES_MAX	VIDEO_MAX_PLANES
#define M2M_EXPORTS_MAX	4

/*
 * Of a picture, if nothing else is asked for: whole macroblocks, and more pixels
 * than are copied between two turns of a CPU. Each costs the guest instructions.
 */
#define USUAL_WIDTH	160
#define USUAL_HEIGHT	128

struct m2m_plane {
	void *map;
	size_t size;
	/* Exported from the plane, or the one that was imported. */
	int dmabuf[M2M_EXPORTS_MAX];
	unsigned int exports;
	/* Somebody else has put a fence there: "signaled", "pending" or NULL. */
	const char *foreign;
};

struct m2m_buffer {
	struct m2m_plane plane[M2M_PLANES_MAX];
	unsigned int planes;
	/* How many times it has been queued. */
	unsigned int queued;
	/*
	 * What VIDIOC_QBUF says besides: flags, the timestamp of an OUTPUT buffer (0: one
	 * of its own), a media request or 0.
	 */
	__u32 flags;
	__u64 usec;
	int request;
	/* What the field for fences is given, and what it came back with (explicit.h). */
	int fence;
	int answer;
};

struct m2m_format {
	__u32 width;
	__u32 height;
	__u32 pixelformat;
	/* Only asked for; 0 leaves it to the driver. */
	__u32 colorspace;
	unsigned int planes;
	__u32 bytesperline[M2M_PLANES_MAX];
	__u32 sizeimage[M2M_PLANES_MAX];
};

struct m2m_queue {
	int fd;
	__u32 type;
	const char *name;
	bool multiplanar;
	__u32 memory;
	struct m2m_buffer buffer[VIDEO_MAX_FRAME];
	unsigned int buffers;
	/* OUTPUT buffers that were given a timestamp of their own. */
	__u64 fed;
};

struct m2m {
	int fd;
	char driver[16];
	/* What the driver is bound to, as sysfs calls it: "vim2m.0", "47ff2000.vdpu". */
	char device[32];
	/* Tells the files of one program apart, from 0; the program's business. */
	unsigned int instance;
	struct m2m_queue output;
	struct m2m_queue capture;
};

/* What a dequeued buffer brought with it. */
struct m2m_done {
	unsigned int index;
	__u32 sequence;
	__u32 flags;
	__u32 bytesused[M2M_PLANES_MAX];
	__s64 time;
};

/*
 * Open the node of @driver; if @coded is not 0, the one whose CAPTURE queue
 * offers that format (a codec has a node for each direction). Waits a while for
 * the node: probing may be asynchronous. -ENODEV if there is none.
 */
int m2m_open(struct m2m *m2m, const char *driver, __u32 coded);

/* The same, but @coded is what the OUTPUT queue must offer. */
int m2m_open_decoder(struct m2m *m2m, const char *driver, __u32 coded);

/*
 * The same, for a device whose name is known, whatever its driver. What comes
 * after the dot is enough: drivers may have several devices.
 */
int m2m_open_device(struct m2m *m2m, const char *device, __u32 coded);

/* Whether there is one now; the others wait a while for it to come. */
bool m2m_has_node(const char *device);

void m2m_close(struct m2m *m2m);

/*
 * The device behind an open character device, @up directories above it in sysfs;
 * 0 or a negative errno.
 */
int m2m_device_name(int fd, unsigned int up, char *name, size_t size);

/* The first node of @driver that only captures. -ENODEV if there is none. */
int m2m_open_capture(struct m2m *m2m, const char *driver);

/*
 * Take away what keeps the file open, mappings too; dma-bufs stay. m2m_close()
 * gives back the rest.
 */
void m2m_close_node(struct m2m *m2m);

int m2m_get_format(const struct m2m_queue *queue, struct m2m_format *format);

/* Sets size and pixel format; @format then says what the driver made of it. */
int m2m_set_format(const struct m2m_queue *queue, struct m2m_format *format);

/*
 * Let jobs take @msec at least. vim2m can be told; the jobs of other drivers
 * take what their hardware takes, and @msec must be no more than that.
 */
int m2m_set_job_time(const struct m2m *m2m, __u64 msec);

int m2m_set_control(const struct m2m *m2m, __u32 id, __s32 value);
int m2m_get_control(const struct m2m *m2m, __u32 id, __s32 *value);

/* @command: V4L2_ENC_CMD_*. */
int m2m_encoder_command(const struct m2m *m2m, __u32 command);

/* MMAP buffers, mapped; the driver may give another number than @count. */
int m2m_allocate(struct m2m_queue *queue, unsigned int count);
/* As many for both queues; -ENOSPC if the driver wants another number of them. */
int m2m_allocate_pair(struct m2m *m2m, unsigned int count);
void m2m_free(struct m2m_queue *queue);
void m2m_unmap(struct m2m_queue *queue);

/* Export every plane of every buffer once more, or of one buffer. */
int m2m_export(struct m2m_queue *queue);
int m2m_export_buffer(struct m2m_queue *queue, unsigned int index);

/*
 * @count buffers of @planes planes that are the dma-bufs, buffer by buffer, of
 * @size bytes for each plane; mapped. They belong to the queue from now on, also
 * after an error.
 */
int m2m_import(struct m2m_queue *queue, const int *dmabuf, unsigned int count,
	       unsigned int planes, const __u32 *size);

/* @bytesused: one for each plane, or NULL on a CAPTURE queue. */
int m2m_qbuf(struct m2m_queue *queue, unsigned int index, const __u32 *bytesused);

/* Never blocks: -EAGAIN if no buffer is done. */
int m2m_dqbuf(struct m2m_queue *queue, struct m2m_done *done);

/*
 * The OUTPUT buffer of a job whose CAPTURE buffer has been taken back. The core
 * returns it second (v4l2_m2m_buf_done_and_job_finish()), maybe right now on
 * another CPU: so it is waited for, but not for long.
 */
int m2m_dqbuf_fed(struct m2m *m2m, struct m2m_done *done);

int m2m_streamon(struct m2m_queue *queue);
int m2m_streamoff(struct m2m_queue *queue);

/* 1 if a CAPTURE buffer can be dequeued within @nsec, 0 if not. */
int m2m_wait(const struct m2m *m2m, __s64 nsec);

#endif
