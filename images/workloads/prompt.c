// SPDX-License-Identifier: GPL-2.0-only
/*
 * Somebody on another CPU waits for each media request, and takes the picture in
 * the moment in which he is told that the request is complete: it must be there.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#include "kselftest.h"

#include "args.h"
#include "clock.h"
#include "copy.h"
#include "cpu.h"
#include "must.h"
#include "request.h"
#include "workload.h"

/* So often a request is looked at that was not queued yet. */
#define LOOKS	100

struct prompt {
	struct copy copy;
	pthread_t consumer;
	/* A job was fed; its picture was taken. */
	sem_t fed;
	sem_t taken;
	unsigned int index;
	unsigned int frames;
	unsigned int told;
	unsigned int early;
};

/* Where a job runs within the call that queues its request, that is perhaps not made yet. */
static bool is_told(const struct copy *copy, unsigned int index)
{
	unsigned int i;

	for (i = 0; i < LOOKS; i++) {
		if (request_completes(copy->request[index], copy->job + COPY_PATIENCE))
			return true;
		clock_sleep(NSEC_PER_MSEC);
	}
	return false;
}

static void take(struct prompt *prompt)
{
	struct copy *copy = &prompt->copy;
	struct m2m_done done;
	int ret;

	prompt->told += is_told(copy, prompt->index);
	ret = m2m_dqbuf(&copy->m2m.capture, &done);
	if (ret == -EAGAIN) {
		prompt->early++;
		must(m2m_wait(&copy->m2m, copy->job + COPY_PATIENCE) ? 0 : -ETIME, "job");
		ret = m2m_dqbuf(&copy->m2m.capture, &done);
	}
	must(ret, "DQBUF CAPTURE");
}

static void *consume(void *arg)
{
	struct prompt *prompt = arg;
	unsigned int i;

	must(cpu_run_on(1), "CPU");
	for (i = 0; i < prompt->frames; i++) {
		sem_wait(&prompt->fed);
		take(prompt);
		sem_post(&prompt->taken);
	}
	return NULL;
}

static void one_job(struct prompt *prompt)
{
	struct copy *copy = &prompt->copy;
	struct m2m_done done;

	must(copy_feed(copy, prompt->index), "QBUF OUTPUT");
	sem_post(&prompt->fed);
	sem_wait(&prompt->taken);
	must(copy_settle(copy, prompt->index), "job");
	must(m2m_dqbuf_fed(&copy->m2m, &done), "DQBUF OUTPUT");
	must(m2m_qbuf(&copy->m2m.capture, prompt->index, NULL), "QBUF CAPTURE");
}

int main(int argc, char **argv)
{
	static struct prompt prompt;
	struct copy_options options = {
		.driver = "visl",
		.depth = 2,
		.msec = 2,
	};
	__u64 frames = 150;
	const struct arg args[] = {
		{ .name = "frames", .number = &frames },
	};
	unsigned int i;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(&prompt.copy, &options);

	ksft_set_plan(3);
	must(cpu_run_on(0), "CPU");
	sem_init(&prompt.fed, 0, 0);
	sem_init(&prompt.taken, 0, 0);
	prompt.frames = frames;
	must(copy_start(&prompt.copy), "start");
	must(-pthread_create(&prompt.consumer, NULL, consume, &prompt), "thread");
	for (i = 0; i < frames; i++) {
		prompt.index = i % prompt.copy.depth;
		one_job(&prompt);
	}
	pthread_join(prompt.consumer, NULL);
	copy_close(&prompt.copy);

	ksft_print_msg("%u requests were complete before their pictures\n", prompt.early);
	ksft_test_result(prompt.told == frames, "requests.told\n");
	ksft_test_result(!prompt.early, "requests.served\n");
	ksft_test_result(!prompt.copy.errors, "capture.streams\n");
	ksft_finished();
}
