// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stateless decoder is given a picture that is made of another, and the other
 * one is nowhere. The job fails; its buffers come back and say so, and whose they
 * are. The next picture stands for itself, and is decoded.
 */
#include <unistd.h>

#include "kselftest.h"

#include "copy.h"
#include "device.h"
#include "fwht.h"
#include "must.h"
#include "workload.h"

/* No buffer has it; that of the OUTPUT buffer is another one. */
#define NOWHERE	(12345 * NSEC_PER_MSEC)
#define OWN	77

static int set_params(struct copy *copy, unsigned int index)
{
	struct v4l2_ctrl_fwht_params params;
	struct v4l2_ext_control control = {
		.id = V4L2_CID_STATELESS_FWHT_PARAMS,
		.size = sizeof(params),
		.ptr = &params,
	};

	fwht_params(&params, copy->output.width, copy->output.height);
	params.flags &= ~V4L2_FWHT_FL_I_FRAME;
	params.backward_ref_ts = NOWHERE;
	return device_request(copy, index, &control, 1);
}

/* Whether it is said that the job has failed. */
static bool fails(struct copy *copy, unsigned int index)
{
	struct m2m_done output, capture;

	copy->m2m.output.buffer[index].usec = OWN;
	copy->payload[index] = copy->device->fill(copy, index);
	must(set_params(copy, index), "request");
	must(copy->device->start(copy, index), "MEDIA_REQUEST_IOC_QUEUE");
	must(m2m_dqbuf(&copy->m2m.capture, &capture), "DQBUF CAPTURE");
	must(m2m_dqbuf(&copy->m2m.output, &output), "DQBUF OUTPUT");
	must(m2m_qbuf(&copy->m2m.capture, capture.index, NULL), "QBUF CAPTURE");
	return capture.flags & V4L2_BUF_FLAG_ERROR;
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "vicodec-stateless",
		.depth = 1,
		.msec = 10,
	};
	bool failed;

	workload_begin(&options, argc, argv, NULL, 0);
	workload_open(&copy, &options);

	ksft_set_plan(2);
	must(copy_start(&copy), "start");
	failed = fails(&copy, 0);
	must(copy_feed(&copy, 0), "QBUF OUTPUT");
	must(copy_settle(&copy, 0), "call");
	must(copy_finish(&copy, 0), "job");
	copy_close(&copy);

	ksft_test_result(failed, "capture.failed\n");
	ksft_test_result(!copy_wrong(&copy), "capture.streams\n");
	ksft_finished();
}
