// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stateful decoder is given a buffer in which no picture begins, which it finds
 * out before there is a job. It comes back, and the next one is decoded.
 */
#include <string.h>

#include "kselftest.h"

#include "copy.h"
#include "must.h"
#include "workload.h"

/* Less than a header with its pattern, and nothing like it. */
#define GARBAGE	16

static void garble(struct copy *copy, unsigned int index)
{
	struct m2m_queue *output = &copy->m2m.output;
	__u32 payload = GARBAGE;
	struct m2m_done done;

	memset(output->buffer[index].plane[0].map, 0, GARBAGE);
	must(m2m_qbuf(output, index, &payload), "QBUF OUTPUT");
	must(m2m_dqbuf(output, &done), "DQBUF OUTPUT");
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "vicodec-decoder",
		.depth = 2,
		.msec = 40,
	};

	workload_begin(&options, argc, argv, NULL, 0);
	workload_open(&copy, &options);

	ksft_set_plan(3);
	must(copy_start(&copy), "start");
	garble(&copy, 1);
	must(copy_feed(&copy, 0), "QBUF OUTPUT");
	copy_ask(&copy, 0);
	must(copy_finish(&copy, 0), "job");
	copy_close(&copy);

	ksft_test_result(!copy.errors && !copy.wrong_pictures, "capture.streams\n");
	ksft_test_result(copy_was_asked(&copy), "capture.active-probes\n");
	ksft_test_result(!copy.session.errors, "capture.probes\n");
	ksft_finished();
}
