// SPDX-License-Identifier: GPL-2.0-only
/*
 * What vicodec's decoder is fed is no stream, or not all of one: bytes without
 * a header, a header that begins where the buffer ends, the beginning of a
 * frame, nothing. Buffers come back with an error or are swallowed; a stream as
 * it should be is decoded afterwards.
 */
#include <string.h>

#include "kselftest.h"

#include "copy.h"
#include "fwht.h"
#include "must.h"
#include "workload.h"

/* The first byte of a header. */
#define MAGIC		0x4f

/* No byte of a header. */
#define JUNK		0x01

enum debris { NOISE, LATE_MAGIC, LATE_HEADER, NO_FRAME, HALF_FRAME, NOTHING, DEBRIS };

/* Returns the payload; all of the buffer but for what is cut off. */
static __u32 fill(struct copy *copy, enum debris debris)
{
	const struct m2m_plane *plane = &copy->m2m.output.buffer[0].plane[0];
	unsigned char *at = plane->map;
	unsigned char header[FWHT_HEADER];

	memset(at, JUNK, plane->size);
	fwht_header(header, copy->format.width, copy->format.height, copy->format.sizeimage[0]);
	switch (debris) {
	case LATE_MAGIC:
		at[plane->size - FWHT_HEADER] = MAGIC;
		break;
	case LATE_HEADER:
		memcpy(at + plane->size - FWHT_HEADER / 2, header, FWHT_HEADER / 2);
		break;
	case NO_FRAME:
		memcpy(at, header, FWHT_HEADER);
		return FWHT_HEADER;
	case HALF_FRAME:
		memcpy(at, header, FWHT_HEADER);
		return FWHT_HEADER + copy->format.sizeimage[0] / 2;
	case NOTHING:
		return 0;
	default:
		break;
	}
	return plane->size;
}

static void stop(struct copy *copy)
{
	must(m2m_streamoff(&copy->m2m.output), "STREAMOFF OUTPUT");
	must(m2m_streamoff(&copy->m2m.capture), "STREAMOFF CAPTURE");
}

/* It may be refused, and may come back or not; a decoder waits for the rest of a frame. */
static void feed(struct copy *copy, enum debris debris)
{
	__u32 payload;
	struct m2m_done done;

	must(copy_start(copy), "start");
	payload = fill(copy, debris);
	m2m_qbuf(&copy->m2m.output, 0, &payload);
	clock_sleep(copy->job * 2);
	while (!m2m_dqbuf(&copy->m2m.output, &done))
		;
	while (!m2m_dqbuf(&copy->m2m.capture, &done))
		;
	stop(copy);
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "vicodec-decoder",
		.depth = 2,
		.msec = 10,
	};
	unsigned int debris;

	workload_begin(&options, argc, argv, NULL, 0);
	workload_open(&copy, &options);

	ksft_set_plan(1);
	for (debris = NOISE; debris < DEBRIS; debris++)
		feed(&copy, debris);
	copy_close(&copy);
	workload_reopen(&copy, &options, 1);
	must(copy_start(&copy), "start");
	must(copy_feed(&copy, 0), "QBUF OUTPUT");
	must(copy_finish(&copy, 0), "job");
	copy_close(&copy);

	ksft_test_result_pass("debris.fed\n");
	ksft_finished();
}
