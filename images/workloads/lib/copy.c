// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "copy.h"
#include "exporter.h"

/* Options of a program, those of its copy included. */
#define ARGS_MAX	32

static int import(struct copy *copy, const char *from)
{
	unsigned int i, planes = copy->format.planes;
	int dmabuf[COPY_DEPTH_MAX * M2M_PLANES_MAX];

	for (i = 0; i < copy->depth * planes; i++) {
		dmabuf[i] = exporter_allocate(from, copy->format.sizeimage[i % planes]);
		if (dmabuf[i] < 0)
			return dmabuf[i];
	}
	return m2m_import(&copy->m2m.capture, dmabuf, copy->depth, planes,
			  copy->format.sizeimage);
}

static void call_foreign(struct copy *copy, const char *foreign)
{
	unsigned int i, plane;

	for (i = 0; i < copy->depth; i++) {
		for (plane = 0; plane < copy->format.planes; plane++)
			copy->m2m.capture.buffer[i].plane[plane].foreign = foreign;
	}
}

int copy_foreign_signal(struct copy *copy)
{
	call_foreign(copy, "signaled");
	return foreign_signal(&copy->foreign);
}

static int attach_foreign(struct copy *copy, const char *kind)
{
	const struct m2m_buffer *buffer = copy->m2m.capture.buffer;
	unsigned int i, planes = copy->format.planes;
	int ret;

	if (!strcmp(kind, "none"))
		return 0;
	ret = foreign_open(&copy->foreign);
	for (i = 0; i < copy->depth * planes && !ret; i++)
		ret = foreign_attach(&copy->foreign,
				     buffer[i / planes].plane[i % planes].dmabuf[0]);
	if (ret)
		return ret;
	call_foreign(copy, "pending");
	return strcmp(kind, "pending") ? copy_foreign_signal(copy) : 0;
}

/* The descriptors stay the caller's. */
static int import_input(struct copy *copy, const int *input)
{
	unsigned int i, planes = copy->output.planes;
	int dmabuf[COPY_DEPTH_MAX * M2M_PLANES_MAX];

	for (i = 0; i < copy->depth * planes; i++) {
		dmabuf[i] = dup(input[i]);
		if (dmabuf[i] < 0)
			return -errno;
	}
	return m2m_import(&copy->m2m.output, dmabuf, copy->depth, planes, copy->output.sizeimage);
}

/* A driver may know nothing of dma-bufs; then nobody can be asked about its buffers. */
static int export(struct m2m_queue *queue)
{
	int ret = m2m_export(queue);

	return ret == -ENOTTY ? 0 : ret;
}

static int set_up_memory(struct copy *copy, const char *from)
{
	struct m2m *m2m = &copy->m2m;
	int ret;

	if (copy->options.input)
		ret = import_input(copy, copy->options.input);
	else
		ret = m2m_allocate(&m2m->output, copy->depth) ?: export(&m2m->output);
	if (ret)
		return ret;
	if (strcmp(from, "expbuf")) {
		ret = import(copy, from);
	} else {
		ret = m2m_allocate(&m2m->capture, copy->depth);
		if (!ret)
			ret = export(&m2m->capture);
	}
	/* An encoder may want more than one to read; those are never queued. */
	if (!ret && (m2m->output.buffers < copy->depth || m2m->capture.buffers != copy->depth))
		ret = -ENOSPC;
	return ret;
}

int copy_parse(struct copy_options *options, int argc, char **argv, const struct arg *args,
	       size_t count)
{
	struct arg all[ARGS_MAX] = {
		{ .name = "driver", .word = &options->driver },
		{ .name = "from", .word = &options->from },
		{ .name = "foreign", .word = &options->foreign },
		{ .name = "format", .word = &options->format },
		{ .name = "to", .word = &options->to },
		{ .name = "width", .number = &options->width },
		{ .name = "height", .number = &options->height },
		{ .name = "to-width", .number = &options->to_width },
		{ .name = "to-height", .number = &options->to_height },
		{ .name = "hflip", .number = &options->hflip },
		{ .name = "vflip", .number = &options->vflip },
		{ .name = "rotate", .number = &options->rotate },
		{ .name = "bt709", .number = &options->bt709 },
		{ .name = "full", .number = &options->full },
		{ .name = "group", .number = &options->group },
		{ .name = "announce", .number = &options->announce },
		{ .name = "job-ms", .number = &options->msec },
		{ .name = "seed", .number = &options->seed },
	};
	size_t known = 0;

	while (all[known].name)
		known++;
	if (known + count > ARGS_MAX)
		return -E2BIG;
	if (count)
		memcpy(&all[known], args, count * sizeof(*args));
	return args_parse(argc, argv, all, known + count);
}

int copy_reallocate(struct copy *copy, const char *from)
{
	m2m_free(&copy->m2m.output);
	m2m_free(&copy->m2m.capture);
	return set_up_memory(copy, from);
}

int copy_open(struct copy *copy, const struct copy_options *options, const char **what)
{
	int ret;

	memset(copy, 0, sizeof(*copy));
	copy->options = *options;
	if (!options->from)
		copy->options.from = "expbuf";
	if (!options->foreign)
		copy->options.foreign = "none";
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
	if (options->opened)
		options->opened();
	if (ret)
		return ret;
	*what = "job time or formats";
	ret = copy->device->set_up(copy, options->msec);
	if (ret)
		return ret;
	*what = copy->options.from;
	ret = set_up_memory(copy, copy->options.from);
	if (ret)
		return ret;
	*what = "foreign fence";
	return attach_foreign(copy, copy->options.foreign);
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
	conversion_free(&copy->conversion);
	for (i = 0; i < copy->depth; i++) {
		if (copy->request[i] > 0)
			close(copy->request[i]);
	}
	if (copy->media >= 0)
		close(copy->media);
	if (copy->foreign.timeline >= 0)
		foreign_close(&copy->foreign);
}
