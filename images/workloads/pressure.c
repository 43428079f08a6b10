// SPDX-License-Identifier: GPL-2.0-only
/*
 * No memory when a fence is wanted: each allocation of the call that starts a job
 * fails in turn. Whatever cannot be had, the job is done or refused, never
 * half: its buffers come back, and whoever asks gets an answer. Then jobs run
 * while the kernel reclaims what it can.
 *
 * The driver must do its jobs within the call, or there is nothing to fail.
 * A job without a fence is no news to its producer, so nothing is claimed here of
 * what consumers see meanwhile; the kernel's log says that there was no fence.
 */
#include <errno.h>
#include <unistd.h>
#include <sys/mman.h>

#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "inject.h"
#include "must.h"
#include "sysfs.h"
#include "workload.h"

#define MIB		(1024 * 1024)

struct result {
	unsigned int injected;
	unsigned int refused;
	unsigned int done;
	unsigned int surprises;
	unsigned int errors;
};

static void take_back(struct copy *copy, struct result *result)
{
	struct m2m_done done, fed;

	must(m2m_wait(&copy->m2m, COPY_PATIENCE) ? 0 : -ETIME, "job");
	must(m2m_dqbuf(&copy->m2m.capture, &done), "DQBUF CAPTURE");
	must(m2m_dqbuf_fed(&copy->m2m, &fed), "DQBUF OUTPUT");
	session_ask(&copy->session, &copy->m2m.capture, done.index, CONSUMER_DONE);
	session_print_dqbuf(&copy->session, &copy->m2m.capture, &done);
	session_flush(&copy->session, "");
	result->done++;
	result->errors += !!((done.flags | fed.flags) & V4L2_BUF_FLAG_ERROR);
	must(m2m_qbuf(&copy->m2m.capture, done.index, NULL), "QBUF CAPTURE");
}

/* Returns whether an allocation failed; if not, there are not that many. */
static bool job(struct copy *copy, struct inject *inject, unsigned int nth, struct result *result)
{
	bool injected;
	int ret;

	copy->payload[0] = copy->device->fill(copy, 0);
	must(inject_arm(inject, nth), "fail-nth");
	ret = copy->device->start(copy, 0);
	injected = inject_disarm(inject);
	result->injected += injected;
	if (!ret) {
		take_back(copy, result);
	} else {
		result->refused++;
		result->surprises += ret != -ENOMEM || !injected;
	}
	return injected;
}

static void reclaim(void)
{
	must(sysfs_write("/proc/sys/vm/drop_caches", "3"), "reclaim");
}

/* Each page for itself, and given back at once. */
static void use_memory(size_t size)
{
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	must(memory == MAP_FAILED ? -errno : 0, "mmap");
	munmap(memory, size);
}

static void squeeze(struct copy *copy, __u64 frames, size_t size)
{
	for (; frames; frames--) {
		must(copy_feed(copy, 0), "QBUF OUTPUT");
		copy_ask_once(copy, 0);
		reclaim();
		use_memory(size);
		must(copy_settle(copy, 0), "call");
		must(copy_finish(copy, 0), "job");
		must(m2m_qbuf(&copy->m2m.capture, 0, NULL), "QBUF CAPTURE");
	}
}

int main(int argc, char **argv)
{
	static struct copy copy;
	struct copy_options options = {
		.driver = "visl-direct",
		.from = "system",
		.depth = 1,
		.msec = 40,
	};
	__u64 frames = 4, memory = 64;
	const struct arg args[] = {
		{ .name = "frames", .number = &frames },
		{ .name = "memory", .number = &memory },
	};
	struct result result = { 0 };
	struct inject inject;
	unsigned int nth = 1;

	workload_begin(&options, argc, argv, args, ARRAY_SIZE(args));
	workload_open(&copy, &options);
	must(inject_open(&inject), "failslab");
	must(copy.device->prepare || !copy.device->blocks ? -EINVAL : 0, "driver");

	ksft_set_plan(4);
	must(copy_start(&copy), "start");
	while (job(&copy, &inject, nth, &result))
		nth++;
	inject_close(&inject);
	ksft_print_msg("%u allocations failed, %u jobs refused, %u done\n", result.injected,
		       result.refused, result.done);
	squeeze(&copy, frames, memory * MIB);
	copy_close(&copy);

	ksft_test_result(result.injected, "start.injected\n");
	ksft_test_result(!result.surprises && !result.errors, "start.errors\n");
	ksft_test_result(!copy.errors && !copy.wrong_pictures, "capture.streams\n");
	ksft_test_result(!copy.session.errors, "capture.probes\n");
	ksft_finished();
}
