// SPDX-License-Identifier: GPL-2.0-only
/* A workload of somebody's own: two files of one driver, each with a job in flight. */
#include <string.h>

#include "kselftest.h"

#include "args.h"
#include "clock.h"
#include "m2m.h"
#include "must.h"

#define FILES	2

static void queue_all(struct m2m_queue *queue, const __u32 *bytesused)
{
	unsigned int i;

	for (i = 0; i < queue->buffers; i++)
		must(m2m_qbuf(queue, i, bytesused), queue->name);
	must(m2m_streamon(queue), "STREAMON");
}

static void start(struct m2m *m2m, const char *driver, int byte)
{
	struct m2m_format format;

	must(m2m_open(m2m, driver, 0), driver);
	must(m2m_get_format(&m2m->output, &format), "format");
	must(m2m_allocate(&m2m->output, 1), "OUTPUT buffers");
	must(m2m_allocate(&m2m->capture, 1), "CAPTURE buffers");
	memset(m2m->output.buffer[0].plane[0].map, byte, format.sizeimage[0]);
	queue_all(&m2m->capture, NULL);
	queue_all(&m2m->output, format.sizeimage);
}

/* 1 if the picture is all @byte. */
static int finish(struct m2m *m2m, int byte)
{
	const unsigned char *picture = m2m->capture.buffer[0].plane[0].map;
	struct m2m_done done;
	size_t i;

	must(m2m_wait(m2m, 2 * NSEC_PER_SEC) ? 0 : -ETIME, "job");
	must(m2m_dqbuf(&m2m->capture, &done), "DQBUF");
	for (i = 0; i < done.bytesused[0] && picture[i] == byte; i++)
		;
	m2m_close(m2m);
	return i && i == done.bytesused[0];
}

int main(int argc, char **argv)
{
	static struct m2m m2m[FILES];
	const char *driver = "echo";
	__u64 seed = 0;
	const struct arg args[] = {
		{ .name = "driver", .word = &driver },
		{ .name = "seed", .number = &seed },
	};
	int i;

	ksft_print_header();
	if (args_parse(argc, argv, args, ARRAY_SIZE(args)))
		ksft_exit_fail_msg("bad options\n");
	ksft_set_plan(FILES);
	for (i = 0; i < FILES; i++)
		start(&m2m[i], driver, 0x11 * (i + 1));
	for (i = 0; i < FILES; i++)
		ksft_test_result(finish(&m2m[i], 0x11 * (i + 1)), "file%d\n", i);
	ksft_finished();
}
