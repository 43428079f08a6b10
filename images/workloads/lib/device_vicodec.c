// SPDX-License-Identifier: GPL-2.0-only
/*
 * vicodec: FWHT, coded and decoded by the CPU within device_run. That takes as
 * long as it takes; the rig's patch makes it wait before that. Pictures are noise,
 * whose coded form is known without coding (fwht.h), so every byte is checked.
 */
#include <errno.h>

#include "copy.h"
#include "device.h"
#include "fwht.h"

/* The smallest size that vicodec has, in whole blocks. */
#define WIDTH		640
#define HEIGHT		368
#define RAW_SIZE	(WIDTH * HEIGHT * 3 / 2)

static int set_formats(struct copy *copy, __u64 msec, __u32 from, __u32 to)
{
	const struct m2m_format *raw = from == V4L2_PIX_FMT_YUV420 ? &copy->output : &copy->format;
	int ret;

	ret = device_set_parameter("vicodec", "job_ms", msec);
	copy->output = (struct m2m_format){
		.width = WIDTH, .height = HEIGHT, .pixelformat = from,
	};
	copy->format = copy->output;
	copy->format.pixelformat = to;
	if (!ret)
		ret = m2m_set_format(&copy->m2m.output, &copy->output);
	if (!ret)
		ret = m2m_set_format(&copy->m2m.capture, &copy->format);
	if (!ret && (raw->sizeimage[0] != RAW_SIZE || raw->planes != 1 ||
		     copy->output.pixelformat != from || copy->format.pixelformat != to))
		ret = -EINVAL;
	return ret;
}

static int open_encoder(struct copy *copy, const char *name)
{
	(void)name;
	return m2m_open(&copy->m2m, "vicodec", V4L2_PIX_FMT_FWHT);
}

static int set_up_encoder(struct copy *copy, __u64 msec)
{
	int ret;

	ret = set_formats(copy, msec, V4L2_PIX_FMT_YUV420, V4L2_PIX_FMT_FWHT);
	/* Each frame on its own, and as exact as it can be: noise stays noise. */
	if (!ret)
		ret = m2m_set_control(&copy->m2m, V4L2_CID_MPEG_VIDEO_GOP_SIZE, 1);
	if (!ret)
		ret = m2m_set_control(&copy->m2m, V4L2_CID_FWHT_I_FRAME_QP, 1);
	return ret;
}

static __u32 fill(struct copy *copy, unsigned int index)
{
	fwht_noise(copy->m2m.output.buffer[index].plane[0].map, RAW_SIZE, copy->seed, copy->fed);
	return RAW_SIZE;
}

static size_t wrong_coded(const struct copy *copy, const struct m2m_buffer *buffer,
			  unsigned int frame)
{
	const unsigned char *coded = buffer->plane[0].map;

	return fwht_wrong_header(coded, WIDTH, HEIGHT, RAW_SIZE) +
	       fwht_wrong_noise(coded + FWHT_HEADER, RAW_SIZE, copy->seed, frame);
}

static int open_decoder(struct copy *copy, const char *name)
{
	(void)name;
	return m2m_open_decoder(&copy->m2m, "vicodec", V4L2_PIX_FMT_FWHT);
}

static __u32 fill_coded(struct copy *copy, unsigned int index)
{
	unsigned char *coded = copy->m2m.output.buffer[index].plane[0].map;

	fwht_header(coded, WIDTH, HEIGHT, RAW_SIZE);
	fwht_noise(coded + FWHT_HEADER, RAW_SIZE, copy->seed, copy->fed);
	return FWHT_HEADER + RAW_SIZE;
}

/*
 * The decoder takes the size of the pictures from the stream alone, and stops to
 * say so when it changes. Show it the stream once, and it does not change later.
 */
static int set_up_decoder(struct copy *copy, __u64 msec)
{
	struct m2m_queue *output = &copy->m2m.output;
	int ret;

	ret = set_formats(copy, msec, V4L2_PIX_FMT_FWHT, V4L2_PIX_FMT_YUV420);
	if (!ret)
		ret = m2m_allocate(output, 1);
	if (ret)
		return ret;
	copy->payload[0] = fill_coded(copy, 0);
	ret = device_queue(copy, 0);
	if (!ret)
		ret = m2m_streamon(output);
	if (!ret)
		ret = m2m_streamoff(output);
	m2m_free(output);
	return ret;
}

static int open_stateless(struct copy *copy, const char *name)
{
	(void)name;
	return m2m_open_decoder(&copy->m2m, "vicodec", V4L2_PIX_FMT_FWHT_STATELESS);
}

static int set_up_stateless(struct copy *copy, __u64 msec)
{
	int ret;

	ret = set_formats(copy, msec, V4L2_PIX_FMT_FWHT_STATELESS, V4L2_PIX_FMT_YUV420);
	return ret ? ret : device_open_requests(copy);
}

static int prepare_stateless(struct copy *copy, unsigned int index)
{
	struct v4l2_ctrl_fwht_params params;
	struct v4l2_ext_control control = {
		.id = V4L2_CID_STATELESS_FWHT_PARAMS,
		.size = sizeof(params),
		.ptr = &params,
	};

	fwht_params(&params, WIDTH, HEIGHT);
	return device_request(copy, index, &control, 1);
}

static size_t wrong_raw(const struct copy *copy, const struct m2m_buffer *buffer,
			unsigned int frame)
{
	return fwht_wrong_noise(buffer->plane[0].map, RAW_SIZE,
				copy->seed, frame);
}

const struct device devices_vicodec[] = {
	{
		.name = "vicodec-encoder",
		.blocks = true,
		.open = open_encoder,
		.set_up = set_up_encoder,
		.fill = fill,
		.start = device_queue,
		.wrong = wrong_coded,
	},
	{
		.name = "vicodec-decoder",
		.blocks = true,
		.open = open_decoder,
		.set_up = set_up_decoder,
		.fill = fill_coded,
		.start = device_queue,
		.wrong = wrong_raw,
	},
	{
		.name = "vicodec-stateless",
		.blocks = true,
		.open = open_stateless,
		.set_up = set_up_stateless,
		.fill = fill,
		.prepare = prepare_stateless,
		.start = device_queue_request,
		.wrong = wrong_raw,
	},
	{ 0 }
};
