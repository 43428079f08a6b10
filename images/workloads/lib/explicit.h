/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fences of VIDIOC_QBUF, as docs/reference/explicit.md has them. They are in no
 * header of a kernel without them; the field is v4l2_buffer.reserved2 there.
 */
#ifndef M2M_EXPLICIT_H
#define M2M_EXPLICIT_H

#include <linux/videodev2.h>

#include "copy.h"

#define FLAG_IN_FENCE		0x00200000
#define FLAG_OUT_FENCE		0x00400000

/* A buffer is queued with these flags, and @fence in the field; 0 or a negative errno. */
int explicit_qbuf(struct m2m_queue *queue, unsigned int index, __u32 flags, int fence);

/* The same of the next picture, on OUTPUT buffer @index. */
int explicit_feed(struct copy *copy, unsigned int index, __u32 flags, int fence);

/* What the last of these left in the field. */
static inline int explicit_answer(const struct m2m_queue *queue, unsigned int index)
{
	return queue->buffer[index].answer;
}

/* Both queues are stopped, and all buffers dequeued; the next picture is for buffer 0. */
int explicit_stop(struct copy *copy);

/* Both queues stream. */
int explicit_start(struct copy *copy);

#endif
