// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "copy.h"
#include "exporter.h"

static int import(struct copy *copy, const char *from)
{
	size_t size = copy->format.sizeimage[0];
	int dmabuf[COPY_DEPTH_MAX];
	unsigned int i;

	for (i = 0; i < copy->depth; i++) {
		dmabuf[i] = exporter_allocate(from, size);
		if (dmabuf[i] < 0)
			return dmabuf[i];
	}
	return m2m_import(&copy->m2m.capture, dmabuf, copy->depth, size);
}

static void call_foreign(struct copy *copy, const char *foreign)
{
	unsigned int i;

	for (i = 0; i < copy->depth; i++)
		copy->m2m.capture.buffer[i].plane[0].foreign = foreign;
}

int copy_foreign_signal(struct copy *copy)
{
	call_foreign(copy, "signaled");
	return foreign_signal(&copy->foreign);
}

static int attach_foreign(struct copy *copy, const char *kind)
{
	const struct m2m_queue *capture = &copy->m2m.capture;
	unsigned int i;
	int ret;

	if (!strcmp(kind, "none"))
		return 0;
	ret = foreign_open(&copy->foreign);
	for (i = 0; i < copy->depth && !ret; i++)
		ret = foreign_attach(&copy->foreign, capture->buffer[i].plane[0].dmabuf[0]);
	if (ret)
		return ret;
	call_foreign(copy, "pending");
	return strcmp(kind, "pending") ? copy_foreign_signal(copy) : 0;
}

static int set_up_memory(struct copy *copy, const char *from)
{
	struct m2m *m2m = &copy->m2m;
	int ret;

	ret = m2m_allocate(&m2m->output, copy->depth);
	if (ret)
		return ret;
	if (strcmp(from, "expbuf")) {
		ret = import(copy, from);
	} else {
		ret = m2m_allocate(&m2m->capture, copy->depth);
		if (!ret)
			ret = m2m_export(&m2m->capture);
	}
	if (!ret && (m2m->output.buffers != copy->depth || m2m->capture.buffers != copy->depth))
		ret = -ENOSPC;
	return ret;
}

int copy_open(struct copy *copy, const struct copy_options *options, const char **what)
{
	int ret;

	memset(copy, 0, sizeof(*copy));
	copy->seed = options->seed;
	copy->depth = options->depth;
	copy->job = options->msec * NSEC_PER_MSEC;
	copy->session.m2m = &copy->m2m;
	copy->session.random.state = options->seed;
	copy->foreign.timeline = -1;
	copy->media = -1;
	*what = "depth";
	if (!copy->depth || copy->depth > COPY_DEPTH_MAX)
		return -EINVAL;

	*what = options->driver;
	copy->device = device_find(options->driver);
	ret = copy->device->open(copy, options->driver);
	if (ret)
		return ret;
	*what = "job time or formats";
	ret = copy->device->set_up(copy, options->msec);
	if (ret)
		return ret;
	*what = options->from;
	ret = set_up_memory(copy, options->from);
	if (ret)
		return ret;
	*what = "foreign fence";
	return attach_foreign(copy, options->foreign);
}

int copy_start(struct copy *copy)
{
	int ret = device_renew_requests(copy);
	unsigned int i;

	for (i = 0; i < copy->depth && !ret; i++)
		ret = m2m_qbuf(&copy->m2m.capture, i, NULL);
	if (!ret)
		ret = m2m_streamon(&copy->m2m.capture);
	if (!ret)
		ret = m2m_streamon(&copy->m2m.output);
	return ret;
}

void copy_close(struct copy *copy)
{
	unsigned int i;

	m2m_streamoff(&copy->m2m.output);
	m2m_streamoff(&copy->m2m.capture);
	m2m_close(&copy->m2m);
	for (i = 0; i < copy->depth; i++) {
		if (copy->request[i] > 0)
			close(copy->request[i]);
	}
	if (copy->media >= 0)
		close(copy->media);
	if (copy->foreign.timeline >= 0)
		foreign_close(&copy->foreign);
}
