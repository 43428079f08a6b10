// SPDX-License-Identifier: GPL-2.0-only
/*
 * hantro's stateless decoders on imitated hardware, which a job takes as long as
 * the scenario says. Bitstream and controls of a picture are one media request.
 * The bitstream is noise; what the hardware makes of it is known (decoded.h).
 */
#include <stdlib.h>
#include <string.h>

#include "copy.h"
#include "decoded.h"
#include "device.h"
#include "group.h"
#include "pattern.h"
#include "proof.h"

/* Bitstreams are of all lengths. */
#define STREAM_MIN	1000
#define STREAM_STEP	77
#define STREAM_LENGTHS	40

/* Reference pictures are known by their times; no picture has the first microsecond. */
#define PICTURE_USEC	40000
#define LOST_USEC	1

static int open_node(struct copy *copy, const char *name)
{
	(void)name;
	return m2m_open_device(&copy->m2m, copy->device->block, copy->device->coded);
}

/* What the device's own format is not, its post-processor makes. */
static bool shows(const struct copy *copy)
{
	return copy->options.to && !strcmp(copy->options.to, "YUYV");
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
	copy->format.pixelformat = shows(copy) ? V4L2_PIX_FMT_YUYV : V4L2_PIX_FMT_NV12;
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

static struct group_picture references(const struct copy *copy, unsigned int frame)
{
	return group_picture(copy->device->coded, copy->options.group, frame);
}

static __u64 time_of(int frame)
{
	return frame == GROUP_LOST ? LOST_USEC : (__u64)(frame + 1) * PICTURE_USEC;
}

/* As V4L2 compares them. */
static __u64 reference_time(int frame)
{
	return time_of(frame) * NSEC_PER_USEC;
}

/* MPEG-2 pictures have no number, and what f_code says of motion is not looked at. */
static int prepare_mpeg2(struct copy *copy, unsigned int index)
{
	static const __u8 types[] = {
		V4L2_MPEG2_PIC_CODING_TYPE_I,
		V4L2_MPEG2_PIC_CODING_TYPE_P,
		V4L2_MPEG2_PIC_CODING_TYPE_B,
	};
	const struct group_picture made_of = references(copy, copy->fed);
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
		.picture_coding_type = types[made_of.references],
		.forward_ref_ts = reference_time(made_of.reference[0]),
		.backward_ref_ts = reference_time(made_of.reference[1]),
		.picture_structure = V4L2_MPEG2_PIC_FRAME,
	};
	struct v4l2_ext_control controls[] = {
		{ .id = V4L2_CID_STATELESS_MPEG2_SEQUENCE, .size = sizeof(sequence),
		  .ptr = &sequence },
		{ .id = V4L2_CID_STATELESS_MPEG2_PICTURE, .size = sizeof(picture),
		  .ptr = &picture },
	};

	copy->m2m.output.buffer[index].usec = time_of(copy->fed);
	return device_request(copy, index, controls, sizeof(controls) / sizeof(*controls));
}

/* The decoded picture buffer; a lost picture was there before those that are not. */
static void fill_dpb(const struct copy *copy, struct v4l2_ctrl_h264_decode_params *params)
{
	const struct group_picture made_of = references(copy, copy->fed);
	unsigned int i, frame;

	for (i = 0; i < made_of.references; i++) {
		frame = copy->fed - 1 - i;
		params->dpb[i] = (struct v4l2_h264_dpb_entry){
			.reference_ts = reference_time(made_of.reference[i]),
			.pic_num = frame,
			.frame_num = frame,
			.fields = V4L2_H264_FRAME_REF,
			.top_field_order_cnt = 2 * frame,
			.bottom_field_order_cnt = 2 * frame,
			.flags = V4L2_H264_DPB_ENTRY_FLAG_VALID |
				 V4L2_H264_DPB_ENTRY_FLAG_ACTIVE,
		};
	}
}

/* Baseline. */
static int prepare_h264(struct copy *copy, unsigned int index)
{
	struct v4l2_ctrl_h264_sps sps = {
		.profile_idc = 66,
		.chroma_format_idc = 1,
		.log2_max_frame_num_minus4 = 12,
		.max_num_ref_frames = GROUP_REFERENCES,
		.pic_width_in_mbs_minus1 = copy->output.width / 16 - 1,
		.pic_height_in_map_units_minus1 = copy->output.height / 16 - 1,
		.flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY,
	};
	struct v4l2_ctrl_h264_pps pps = { 0 };
	struct v4l2_ctrl_h264_decode_params params = {
		.frame_num = copy->fed,
		.nal_ref_idc = 1,
		.top_field_order_cnt = 2 * copy->fed,
		.bottom_field_order_cnt = 2 * copy->fed,
	};
	struct v4l2_ext_control controls[] = {
		{ .id = V4L2_CID_STATELESS_H264_SPS, .size = sizeof(sps), .ptr = &sps },
		{ .id = V4L2_CID_STATELESS_H264_PPS, .size = sizeof(pps), .ptr = &pps },
		{ .id = V4L2_CID_STATELESS_H264_DECODE_PARAMS, .size = sizeof(params),
		  .ptr = &params },
	};

	fill_dpb(copy, &params);
	copy->m2m.output.buffer[index].usec = time_of(copy->fed);
	return device_request(copy, index, controls, sizeof(controls) / sizeof(*controls));
}

static void *allocate(size_t size)
{
	void *memory = malloc(size);

	if (!memory)
		abort();
	return memory;
}

/* The decoded picture, and those that it is made of. */
static void *decode(const struct copy *copy, unsigned int frame)
{
	const struct group_picture made_of = references(copy, frame);
	struct decoded decoded = {
		.coded = copy->device->coded,
		.frame = frame,
		.bytes = stream_bytes(frame),
		.references = made_of.references,
	};
	void *stream = allocate(decoded.bytes), *picture = allocate(decoded_size(&copy->format));
	unsigned int i;

	pattern_fill(stream, decoded.bytes, copy->seed, frame, 0);
	decoded.stream = stream;
	for (i = 0; i < made_of.references; i++) {
		if (made_of.reference[i] != GROUP_LOST)
			decoded.reference[i] = decode(copy, made_of.reference[i]);
	}
	decoded_draw(&decoded, &copy->format, picture);
	for (i = 0; i < made_of.references; i++)
		free((void *)decoded.reference[i]);
	free(stream);
	return picture;
}

static void draw(const struct copy *copy, unsigned int frame, void *const *plane)
{
	void *picture = decode(copy, frame);

	if (shows(copy))
		decoded_show(picture, &copy->format, plane[0]);
	else
		memcpy(plane[0], picture, decoded_size(&copy->format));
	free(picture);
}

static size_t wrong(const struct copy *copy, const struct m2m_buffer *buffer, unsigned int frame)
{
	size_t wrong, size = copy->format.width * copy->format.height * (shows(copy) ? 4 : 3) / 2;
	void *expected = allocate(size);

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
