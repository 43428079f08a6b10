// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several files of one driver, in each of which one thread feeds and takes back
 * as fast as it can, stops and starts queues and replaces their buffers, while
 * another does the same to the queues under its feet and holds on to fences;
 * signals interrupt both. Nothing is claimed of what a consumer sees
 * meanwhile: afterwards each file must still work, and all fences be accounted for.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>
#include <linux/dma-buf.h>

#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "must.h"
#include "request.h"
#include "workload.h"

#define CONTEXTS_MAX	4
#define FENCES_HELD	8

#define SIGNAL_PAUSE	(500 * NSEC_PER_USEC)

struct storm {
	struct copy copy;
	__u64 rounds;
	/* One of so many is a stop, and another one of the worker's a replacement. */
	__u64 deeds;
	/* The longest between two deeds of the meddler, in microseconds. */
	__u64 pause;
	pthread_t worker;
	pthread_t meddler;
	/* Buffers are not replaced while somebody holds it. */
	pthread_mutex_t memory;
	/* Of each thread. */
	struct random random[2];
	atomic_bool over;
	unsigned int jobs;
	unsigned int replaced;
	unsigned int fences;
	unsigned int surprises;
	int surprise;
};

/* What may happen to a call when the queues are stopped and emptied under it. */
static void expect(struct storm *storm, int ret)
{
	switch (-ret) {
	case 0:
	case EAGAIN:
	case EBUSY:
	case EINTR:
	case EINVAL:
	case ENOENT:
	case EPIPE:
		return;
	}
	storm->surprises++;
	storm->surprise = ret;
}

static void feed(struct storm *storm, unsigned int index)
{
	struct copy *copy = &storm->copy;
	const struct device *device = copy->device;
	int ret = 0;

	/* A request that waits for its turn would have to be waited for. */
	if (copy->requested[index] && !request_wait(copy->request[index], 0))
		return;
	copy->payload[index] = device->fill(copy, index);
	if (device->prepare)
		ret = device->prepare(copy, index);
	if (!ret)
		ret = device->start(copy, index);
	expect(storm, ret);
}

static void take_back(struct storm *storm)
{
	struct m2m_done done;

	while (!m2m_dqbuf(&storm->copy.m2m.capture, &done))
		storm->jobs++;
	while (!m2m_dqbuf(&storm->copy.m2m.output, &done))
		;
}

static void stop(struct storm *storm, struct random *random)
{
	struct m2m *m2m = &storm->copy.m2m;
	struct m2m_queue *queue = random_below(random, 2) ? &m2m->output : &m2m->capture;

	expect(storm, m2m_streamoff(queue));
	clock_sleep(random_below(random, NSEC_PER_MSEC));
	expect(storm, m2m_streamon(queue));
}

static void replace(struct storm *storm)
{
	struct m2m *m2m = &storm->copy.m2m;
	int ret;

	pthread_mutex_lock(&storm->memory);
	expect(storm, m2m_streamoff(&m2m->output));
	expect(storm, m2m_streamoff(&m2m->capture));
	do {
		ret = copy_reallocate(&storm->copy, storm->copy.options.from);
	} while (ret == -EINTR);
	pthread_mutex_unlock(&storm->memory);
	if (ret) {
		storm->surprises++;
		storm->surprise = ret;
		return;
	}
	storm->replaced++;
	expect(storm, m2m_streamon(&m2m->output));
	expect(storm, m2m_streamon(&m2m->capture));
}

static void *work(void *arg)
{
	struct storm *storm = arg;
	struct random *random = &storm->random[0];
	struct m2m_queue *capture = &storm->copy.m2m.capture;
	unsigned int i;
	__u64 round;

	for (round = 0; round < storm->rounds && !storm->surprises; round++) {
		switch (random_below(random, storm->deeds)) {
		case 0:
			replace(storm);
			break;
		case 1:
			stop(storm, random);
			break;
		default:
			for (i = 0; i < storm->copy.depth; i++)
				expect(storm, m2m_qbuf(capture, i, NULL));
			feed(storm, random_below(random, storm->copy.depth));
			m2m_wait(&storm->copy.m2m, random_below(random, NSEC_PER_MSEC));
			take_back(storm);
		}
	}
	storm->over = true;
	return NULL;
}

static void hold_fence(struct storm *storm, struct random *random, int *held)
{
	unsigned int index = random_below(random, storm->copy.depth);
	int *place = &held[random_below(random, FENCES_HELD)];

	if (*place >= 0)
		close(*place);
	*place = fence_export(storm->copy.m2m.capture.buffer[index].plane[0].dmabuf[0],
			      DMA_BUF_SYNC_READ);
	if (*place < 0) {
		expect(storm, *place);
		return;
	}
	storm->fences++;
	fence_wait(*place, 0);
}

static void *meddle(void *arg)
{
	struct storm *storm = arg;
	struct random *random = &storm->random[1];
	int held[FENCES_HELD], merged;
	unsigned int i;

	for (i = 0; i < FENCES_HELD; i++)
		held[i] = -1;
	while (!storm->over) {
		clock_sleep(random_below(random, storm->pause * NSEC_PER_USEC));
		pthread_mutex_lock(&storm->memory);
		if (random_below(random, storm->deeds))
			hold_fence(storm, random, held);
		else
			stop(storm, random);
		pthread_mutex_unlock(&storm->memory);
		merged = held[0] < 0 || held[1] < 0 ? -1 : fence_merge(held[0], held[1]);
		if (merged >= 0)
			close(merged);
	}
	for (i = 0; i < FENCES_HELD; i++) {
		if (held[i] >= 0)
			close(held[i]);
	}
	return NULL;
}

static void interrupted(int signal)
{
	(void)signal;
}

static void start(struct storm *storm)
{
	pthread_mutex_init(&storm->memory, NULL);
	must(copy_start(&storm->copy), "start");
	must(-pthread_create(&storm->worker, NULL, work, storm), "thread");
	must(-pthread_create(&storm->meddler, NULL, meddle, storm), "thread");
}

/* As if nothing had happened. */
static void work_again(struct copy *copy)
{
	must(m2m_streamoff(&copy->m2m.output), "STREAMOFF OUTPUT");
	must(m2m_streamoff(&copy->m2m.capture), "STREAMOFF CAPTURE");
	copy->fed = 0;
	copy->frame = 0;
	must(copy_start(copy), "start");
	must(copy_feed(copy, 0), "QBUF OUTPUT");
	must(copy_finish(copy, 0), "job");
	copy_close(copy);
}

static void end(struct storm *storm)
{
	/* Both have ended, or will soon: a signal to them is lost. */
	pthread_join(storm->worker, NULL);
	pthread_join(storm->meddler, NULL);
	if (storm->surprises)
		ksft_print_msg("%u surprises, the last: %s\n", storm->surprises,
			       strerror(-storm->surprise));
	ksft_print_msg("%u jobs came back, buffers were replaced %u times, %u fences held\n",
		       storm->jobs, storm->replaced, storm->fences);
	work_again(&storm->copy);
}

static bool all_over(const struct storm *storm, __u64 contexts)
{
	unsigned int i;

	for (i = 0; i < contexts; i++) {
		if (!storm[i].over)
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	static struct storm storm[CONTEXTS_MAX];
	/* Without SA_RESTART: the signal is there to end system calls. */
	const struct sigaction action = { .sa_handler = interrupted };
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 3,
		.msec = 1,
	};
	__u64 contexts = 3, rounds = 100, deeds = 24, pause = 1000;
	const struct arg args[] = {
		{ .name = "contexts", .number = &contexts },
		{ .name = "rounds", .number = &rounds },
		{ .name = "deeds", .number = &deeds },
		{ .name = "pause-us", .number = &pause },
	};
	unsigned int i, surprises = 0, jobs = 0, broken = 0;
	struct random random;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	if (!contexts || contexts > CONTEXTS_MAX || !pause || !deeds)
		ksft_exit_fail_msg("contexts, deeds or pause-us out of range\n");
	random.state = options.seed;
	must(sigaction(SIGUSR1, &action, NULL) ? -errno : 0, "sigaction");
	for (i = 0; i < contexts; i++) {
		workload_open(&storm[i].copy, &options);
		storm[i].copy.m2m.instance = i;
		storm[i].rounds = rounds;
		storm[i].deeds = deeds;
		storm[i].pause = pause;
		storm[i].random[0].state = random_next(&random);
		storm[i].random[1].state = random_next(&random);
	}

	ksft_set_plan(3);
	for (i = 0; i < contexts; i++)
		start(&storm[i]);
	while (!all_over(storm, contexts)) {
		clock_sleep(random_below(&random, SIGNAL_PAUSE));
		i = random_below(&random, contexts);
		if (!storm[i].over)
			pthread_kill(random_below(&random, 2) ? storm[i].worker : storm[i].meddler,
				     SIGUSR1);
	}
	for (i = 0; i < contexts; i++) {
		end(&storm[i]);
		surprises += storm[i].surprises;
		jobs += storm[i].jobs;
		broken += copy_wrong(&storm[i].copy);
	}

	ksft_test_result(!surprises, "storm.errors\n");
	ksft_test_result(jobs, "storm.jobs\n");
	ksft_test_result(!broken, "capture.streams\n");
	ksft_finished();
}
