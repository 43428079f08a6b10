// SPDX-License-Identifier: GPL-2.0-only
/*
 * hantro's stateless decoders on imitated hardware, which a job takes as long as
 * the scenario says. Bitstream and controls of a picture are one media request.
 * The bitstream is noise; what the hardware makes of it is known (decoded.h).
 */
#include <stdlib.h>

#include "copy.h"
#include "decoded.h"
#include "device.h"
#include "pattern.h"
#include "proof.h"

/* Bitstreams are of all lengths. */
#define STREAM_MIN	1000
#define STREAM_STEP	77
#define STREAM_LENGTHS	40

static int open_node(struct copy *copy, const char *name)
{
	(void)name;
	return m2m_open_device(&copy->m2m, copy->device->block, copy->device->coded);
}

static int set_up(struct copy *copy, __u64 msec)
{
	const struct copy_options *options = &copy->options;
	int ret;

	(void)msec;
	copy->output = (struct m2m_format){
		.width = options->width ? options->width : USUAL_WIDTH,
		.height = options->height ? options->height : USUAL_HEIGHT,
		.pixelformat = copy->device->coded,
	};
	copy->format = copy->output;
	copy->format.pixelformat = V4L2_PIX_FMT_NV12;
	ret = m2m_set_format(&copy->m2m.output, &copy->output);
	if (!ret)
		ret = m2m_set_format(&copy->m2m.capture, &copy->format);
	return ret ? ret : device_open_requests(copy);
}

static __u32 stream_bytes(unsigned int frame)
{
	return STREAM_MIN + frame % STREAM_LENGTHS * STREAM_STEP;
}

static __u32 fill(struct copy *copy, unsigned int index)
{
	__u32 bytes = stream_bytes(copy->fed);

	pattern_fill(copy->m2m.output.buffer[index].plane[0].map, bytes, copy->seed, copy->fed, 0);
	return bytes;
}

/* MPEG-2 pictures have no number, and what f_code says of motion is not looked at. */
static int prepare_mpeg2(struct copy *copy, unsigned int index)
{
	struct v4l2_ctrl_mpeg2_sequence sequence = {
		.horizontal_size = copy->output.width,
		.vertical_size = copy->output.height,
		.chroma_format = 1,
		.flags = V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE,
	};
	struct v4l2_ctrl_mpeg2_picture picture = {
		.f_code = {
			{ copy->fed >> 12 & 0xf, copy->fed >> 8 & 0xf },
			{ copy->fed >> 4 & 0xf, copy->fed & 0xf },
		},
		.picture_coding_type = V4L2_MPEG2_PIC_CODING_TYPE_I,
		.picture_structure = V4L2_MPEG2_PIC_FRAME,
	};
	struct v4l2_ext_control controls[] = {
		{ .id = V4L2_CID_STATELESS_MPEG2_SEQUENCE, .size = sizeof(sequence),
		  .ptr = &sequence },
		{ .id = V4L2_CID_STATELESS_MPEG2_PICTURE, .size = sizeof(picture),
		  .ptr = &picture },
	};

	return device_request(copy, index, controls, sizeof(controls) / sizeof(*controls));
}

/* Baseline, and no picture refers to another. */
static int prepare_h264(struct copy *copy, unsigned int index)
{
	struct v4l2_ctrl_h264_sps sps = {
		.profile_idc = 66,
		.chroma_format_idc = 1,
		.log2_max_frame_num_minus4 = 12,
		.max_num_ref_frames = 1,
		.pic_width_in_mbs_minus1 = copy->output.width / 16 - 1,
		.pic_height_in_map_units_minus1 = copy->output.height / 16 - 1,
		.flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY,
	};
	struct v4l2_ctrl_h264_pps pps = { 0 };
	struct v4l2_ctrl_h264_decode_params params = { .frame_num = copy->fed };
	struct v4l2_ext_control controls[] = {
		{ .id = V4L2_CID_STATELESS_H264_SPS, .size = sizeof(sps), .ptr = &sps },
		{ .id = V4L2_CID_STATELESS_H264_PPS, .size = sizeof(pps), .ptr = &pps },
		{ .id = V4L2_CID_STATELESS_H264_DECODE_PARAMS, .size = sizeof(params),
		  .ptr = &params },
	};

	return device_request(copy, index, controls, sizeof(controls) / sizeof(*controls));
}

static void draw(const struct copy *copy, unsigned int frame, void *const *plane)
{
	struct decoded decoded = {
		.coded = copy->device->coded,
		.frame = frame,
		.bytes = stream_bytes(frame),
	};
	void *stream = malloc(decoded.bytes);

	if (!stream)
		abort();
	pattern_fill(stream, decoded.bytes, copy->seed, frame, 0);
	decoded.stream = stream;
	decoded_draw(&decoded, &copy->format, plane[0]);
	free(stream);
}

static size_t wrong(const struct copy *copy, const struct m2m_buffer *buffer, unsigned int frame)
{
	size_t wrong, size = decoded_size(&copy->format);
	void *expected = malloc(size);

	if (!expected)
		abort();
	draw(copy, frame, &expected);
	wrong = proof_differing(buffer->plane[0].map, expected, size);
	free(expected);
	return wrong;
}

#define DECODER(NAME, BLOCK, FORMAT, PREPARE)			\
	{							\
		.name = NAME,					\
		.block = BLOCK,					\
		.coded = FORMAT,				\
		.open = open_node,				\
		.set_up = set_up,				\
		.fill = fill,					\
		.prepare = PREPARE,				\
		.start = device_queue_request,			\
		.wrong = wrong,					\
		.draw = draw,					\
	}

const struct device devices_decoder[] = {
	DECODER("vdpu-mpeg2", "vdpu", V4L2_PIX_FMT_MPEG2_SLICE, prepare_mpeg2),
	DECODER("vdpu-h264", "vdpu", V4L2_PIX_FMT_H264_SLICE, prepare_h264),
	DECODER("g1-mpeg2", "g1", V4L2_PIX_FMT_MPEG2_SLICE, prepare_mpeg2),
	DECODER("g1-h264", "g1", V4L2_PIX_FMT_H264_SLICE, prepare_h264),
	{ 0 }
};
