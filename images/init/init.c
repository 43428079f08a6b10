// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of the guest: does what the plan says, in the order of
 * docs/reference/protocol.md, and powers off. It never ends otherwise.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"
#include "cpus.h"
#include "detectors.h"
#include "dump.h"
#include "files.h"
#include "fwcfg.h"
#include "loaded.h"
#include "modules.h"
#include "mounts.h"
#include "payload.h"
#include "plan.h"
#include "ports.h"
#include "power.h"
#include "results.h"
#include "run.h"
#include "shell.h"
#include "trace.h"
#include "turns.h"

#define PLAN_FILE	"opt/m2m-rig/plan"
#define CANARY		"m2m_canary.ko"

/* How often to look for the plan. */
#define WAIT_NSEC	(10 * NSEC_PER_MSEC)

/* Guest time within which each step of ours must be through. */
#define STEP_SECONDS	120

static bool is_waiting(const struct buffer *text)
{
	static const char waiting[] = "m2m-rig-plan 1\nwait\n";
	size_t size = sizeof(waiting) - 1;

	return text->size >= size && !memcmp(text->data, waiting, size);
}

/*
 * Here the host stops a machine that it keeps, at the first instruction: wherever it
 * is made, one is like the other. The Makefile says at which address that is.
 */
static void __attribute__((noinline, section(".waiting"))) be_kept(void)
{
	__asm__ volatile("nop");
}

/* Whatever has been read when this returns is as old as the kept machine, or half of it is. */
static void wait_for_plan(void)
{
	struct buffer text = { 0 };

	results_line("# waiting");
	be_kept();
	do {
		clock_sleep(WAIT_NSEC);
		text.size = 0;
	} while (fwcfg_read_text(PLAN_FILE, &text) || is_waiting(&text));
	buffer_free(&text);
}

static void understand(struct plan *plan)
{
	/* The plan points into it. */
	static struct buffer text;
	char why[1024];
	int ret;

	text.size = 0;
	ret = fwcfg_read_text(PLAN_FILE, &text);
	if (ret)
		snprintf(why, sizeof(why), "fw_cfg " PLAN_FILE ": %s", strerror(-ret));
	else
		ret = plan_parse(plan, text.data, text.size, why, sizeof(why));
	if (!ret)
		return;
	results_line("plan: %s", why);
	power_off();
}

/* A machine that waits is stopped and kept, and one that goes on from there has a plan. */
static void read_plan(struct plan *plan)
{
	understand(plan);
	if (!plan->wait)
		return;
	payload_prepare();
	payload_unpack();
	modules_prepare(plan);
	loaded_prepare();
	trace_start(plan);
	wait_for_plan();
	understand(plan);
}

static void set_sysctls(const struct plan *plan)
{
	const struct line *line;
	char path[256];
	int ret;

	for (line = plan->sysctls.first; line; line = line->next) {
		snprintf(path, sizeof(path), "/proc/sys/%s", line->word[1]);
		ret = write_file(path, line->word[2]);
		if (ret)
			die("sysctl %s: %s", line->word[1], strerror(-ret));
	}
}

static void measure_turns(const struct plan *plan)
{
	long changes;

	if (!plan->turns_usec)
		return;
	changes = turns_measure(plan->turns_usec);
	if (changes < 0)
		die("turns: %s", strerror(-changes));
	results_line("# turns changes=%ld microseconds=%u", changes, plan->turns_usec);
}

static void sing(const struct plan *plan)
{
	int ret;

	if (!plan->canary)
		return;
	/* The reports below end lockdep, these do not. */
	detectors_sing();
	ret = module_load(CANARY, "");
	if (ret)
		results_line("# canary: %s", strerror(-ret));
}

/*
 * A machine that was kept has one CPU until here, as late as can be without
 * the workloads missing it (docs/explain/architecture.md).
 */
static void bring_up_cpus(void)
{
	int ret = cpus_online();

	if (ret)
		die("cpus: %s", strerror(-ret));
}

/* What it costs to know what is left, in guest time. */
static int64_t accounting;

static void account(void (*what)(int dump), int dump)
{
	int64_t begin = clock_now();

	what(dump);
	accounting += clock_now() - begin;
}

static void begin(const struct plan *plan, int dump)
{
	watch_for("sysctls", STEP_SECONDS);
	set_sysctls(plan);
	watch_for("detectors", STEP_SECONDS);
	detectors_watch();
	/* Has a watch of its own for each module. */
	modules_load(plan);
	watch_for("trace events", STEP_SECONDS);
	trace_start(plan);
	watch_for("accounts before the workloads", STEP_SECONDS);
	account(dump_accounts_start, dump);
	watch_for("dump before the workloads", STEP_SECONDS);
	dump_start(dump);
	watch_for("cpus", STEP_SECONDS);
	bring_up_cpus();
	/* What a CPU that comes up allocates is nothing that a workload leaves. */
	watch_for("allocations before the workloads", STEP_SECONDS);
	account(dump_allocations_start, dump);
	watch_for("turns", STEP_SECONDS);
	measure_turns(plan);
	watch_over();
}

static void end(const struct plan *plan, int dump)
{
	watch_for("trace", STEP_SECONDS);
	trace_stop();
	dump_trace(dump);
	dump_silicon(dump);
	watch_for("lock graph", STEP_SECONDS);
	dump_locks(dump);
	watch_for("accounts", STEP_SECONDS);
	account(dump_accounts_end, dump);
	results_line("# accounts: %lld of %lld microseconds",
		     (long long)(accounting / NSEC_PER_USEC),
		     (long long)(clock_now() / NSEC_PER_USEC));
	watch_for("canary", STEP_SECONDS);
	sing(plan);
	watch_for("kmsg", STEP_SECONDS);
	dump_kmsg(dump);
	dump_end(dump);
	results_line("# end");
}

int main(void)
{
	struct plan plan;
	int results, dump, ret;

	if (getpid() != 1) {
		fprintf(stderr, "init: runs as PID 1 only\n");
		return 1;
	}
	power_catch_crashes();
	mount_all();
	detach_console();
	ret = watch_start();
	if (ret)
		die("watch: %s", strerror(-ret));

	/* Only an interactive boot may do without the ports. */
	results = port_open("m2m.results");
	results_open(results);
	dump = port_open("m2m.dump");
	read_plan(&plan);
	if (results < 0 && !plan.shell)
		die("no port m2m.results: %s", strerror(-results));
	if (dump < 0 && !plan.shell)
		die("no port m2m.dump: %s", strerror(-dump));

	results_line("KTAP version 1");
	results_line("# case %s", plan.id);
	watch_for("payload", STEP_SECONDS);
	payload_unpack();
	watch_over();
	begin(&plan, dump);
	if (plan.shell)
		shell_run(&plan);
	else
		run_all(&plan, dump);
	end(&plan, dump);
	power_off();
}
