/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is particular to a driver: how its jobs are set up, fed and checked. One
 * more is one more file, which nothing else names: device_NAME.c has devices_NAME,
 * an array of those that it knows, and an empty one at its end.
 */
#ifndef M2M_DEVICE_H
#define M2M_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <linux/videodev2.h>

struct copy;
struct m2m_buffer;

struct device {
	/* As on the command line of a workload; NULL: any other. */
	const char *name;
	/* Of a decoder: what comes after the dot in the name of its device, and its format. */
	const char *block;
	__u32 coded;
	/*
	 * The driver does the job in the call that makes it possible, and holds
	 * locks meanwhile that other calls want.
	 */
	bool blocks;
	/* Open the node; @name is that of the command line. */
	int (*open)(struct copy *copy, const char *name);
	/* A job takes at least @msec; formats of both queues. */
	int (*set_up)(struct copy *copy, __u64 msec);
	/* Picture copy->fed for OUTPUT buffer @index; returns its size in bytes. */
	__u32 (*fill)(struct copy *copy, unsigned int index);
	/* What comes before the call that starts the job, or NULL. */
	int (*prepare)(struct copy *copy, unsigned int index);
	/* The call that starts the job. */
	int (*start)(struct copy *copy, unsigned int index);
	/*
	 * Bytes of a CAPTURE buffer that are not those of picture @frame; of @copy it
	 * knows what copy_look() says. NULL: the picture is the one that was fed.
	 */
	size_t (*wrong)(const struct copy *copy, const struct m2m_buffer *buffer,
			unsigned int frame);
	/* Of who fills buffers for another device: the planes of CAPTURE, of picture @frame. */
	void (*draw)(const struct copy *copy, unsigned int frame, void *const *plane);
	/*
	 * Of who reads the buffers of another device: bytes of a CAPTURE buffer that
	 * are not those that come of these planes of OUTPUT.
	 */
	size_t (*differs)(const struct copy *copy, const struct m2m_buffer *buffer,
			  void *const *plane);
};

extern const struct device device_copier;
/* A copier that changes what it copies; device_copier becomes one when it is set up. */
extern const struct device device_converter;

/* A driver that is not particular copies. */
const struct device *device_find(const char *name);

/* The usual ->start: VIDIOC_QBUF on OUTPUT. */
int device_queue(struct copy *copy, unsigned int index);

/* One media request for each OUTPUT buffer; -ENODEV if the driver has none. */
int device_open_requests(struct copy *copy);

/* Make all requests as good as new; later that would wait for the jobs of others. */
int device_renew_requests(struct copy *copy);

/* For ->prepare: the request of OUTPUT buffer @index holds the controls and the buffer. */
int device_request(struct copy *copy, unsigned int index, struct v4l2_ext_control *controls,
		   unsigned int count);

/* The usual ->start with requests: MEDIA_REQUEST_IOC_QUEUE. */
int device_queue_request(struct copy *copy, unsigned int index);

/* Set a parameter of a module. */
int device_set_parameter(const char *module, const char *name, __u64 value);

#endif
