// SPDX-License-Identifier: GPL-2.0-only
#include "explicit.h"

int explicit_qbuf(struct m2m_queue *queue, unsigned int index, __u32 flags, int fence)
{
	struct m2m_buffer *buffer = &queue->buffer[index];
	__u32 before = buffer->flags;
	int ret;

	buffer->flags |= flags;
	buffer->fence = fence;
	ret = m2m_qbuf(queue, index, NULL);
	buffer->flags = before;
	buffer->fence = 0;
	return ret;
}

int explicit_feed(struct copy *copy, unsigned int index, __u32 flags, int fence)
{
	struct m2m_buffer *buffer = &copy->m2m.output.buffer[index];
	__u32 before = buffer->flags;
	int ret;

	buffer->flags |= flags;
	buffer->fence = fence;
	ret = copy_feed(copy, index);
	buffer->flags = before;
	buffer->fence = 0;
	return ret;
}

int explicit_stop(struct copy *copy)
{
	int ret = m2m_streamoff(&copy->m2m.output);

	if (!ret)
		ret = m2m_streamoff(&copy->m2m.capture);
	copy->fed = 0;
	copy->frame = 0;
	return ret;
}

int explicit_start(struct copy *copy)
{
	int ret = m2m_streamon(&copy->m2m.output);

	return ret ? ret : m2m_streamon(&copy->m2m.capture);
}
