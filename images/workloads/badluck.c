// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything that a workload can do to its guest, or pretend: for the tests of
 * the rig, which must neither believe it nor break.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest.h"

#include "args.h"
#include "clock.h"
#include "must.h"
#include "random.h"

#define FLOOD_BYTES	0x200000
#define JUNK_BYTES	65536
#define MEMORY_STEP	0x100000
#define KMSG_LINE	200
#define SPINNERS	16

/* What happens, or the mistake that the kernel makes in our name. */
struct mishap {
	const char *name;
	void (*happen)(__u64 seed);
	const char *kind;
};

static int open_for_writing(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	must(fd < 0 ? -errno : 0, path);
	return fd;
}

static void put(int fd, const void *data, size_t size)
{
	must(write(fd, data, size) == (ssize_t)size ? 0 : -EIO, "write");
}

static void reboot_guest(__u64 seed)
{
	(void)seed;
	reboot(RB_AUTOBOOT);
}

static void power_off_guest(__u64 seed)
{
	(void)seed;
	reboot(RB_POWER_OFF);
}

/* Init catches it: it is the rig's own, and says how it died. */
static void crash_init(__u64 seed)
{
	(void)seed;
	kill(1, SIGSEGV);
	pause();
}

static void sleep_forever(__u64 seed)
{
	(void)seed;
	for (;;)
		pause();
}

/* Never is it. */
static bool enough;

static void *spin(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&enough, __ATOMIC_RELAXED))
		;
	return NULL;
}

static void *spin_first(void *arg)
{
	const struct sched_param top = { .sched_priority = 99 };

	sched_setscheduler(0, SCHED_FIFO, &top);
	return spin(arg);
}

static void put_init_last(void)
{
	const struct sched_param none = { 0 };
	struct dirent *entry;
	DIR *tasks = opendir("/proc/1/task");

	must(tasks ? 0 : -errno, "/proc/1/task");
	while ((entry = readdir(tasks)))
		if (atoi(entry->d_name))
			sched_setscheduler(atoi(entry->d_name), SCHED_IDLE, &none);
	closedir(tasks);
}

/* Nobody else runs again, init neither. */
static void spin_everywhere(__u64 seed)
{
	int limit = open_for_writing("/proc/sys/kernel/sched_rt_runtime_us");
	pthread_t thread;
	unsigned int i;

	(void)seed;
	put(limit, "-1", 2);
	/* Since 6.12 a twentieth of the time is kept for ordinary tasks: it is for ours. */
	put_init_last();
	must(setpriority(PRIO_PROCESS, 0, -20) ? -errno : 0, "setpriority");
	for (i = 0; i < SPINNERS; i++)
		pthread_create(&thread, NULL, spin, NULL);
	for (i = 0; i < SPINNERS; i++)
		pthread_create(&thread, NULL, spin_first, NULL);
	spin(NULL);
}

static void eat_memory(__u64 seed)
{
	char *memory;

	for (;;) {
		memory = malloc(MEMORY_STEP);
		if (memory)
			memset(memory, seed | 1, MEMORY_STEP);
	}
}

static void flood_kmsg(__u64 seed)
{
	int kmsg = open_for_writing("/dev/kmsg");
	char line[KMSG_LINE];
	size_t done;
	int size;

	(void)seed;
	for (done = 0; done < FLOOD_BYTES; done += size) {
		size = snprintf(line, sizeof(line), "mishap: %zu bytes, and so on and so on\n",
				done);
		put(kmsg, line, size);
	}
}

static void fill_junk(unsigned char *junk, size_t size, __u64 seed)
{
	struct random random = { .state = seed };

	while (size--)
		*junk++ = random_next(&random);
}

/* On all the ways that a program has. */
static void print_junk(__u64 seed)
{
	static unsigned char junk[JUNK_BYTES];
	int kmsg = open_for_writing("/dev/kmsg");
	size_t at;

	fill_junk(junk, sizeof(junk), seed);
	/* A result of its own would be the program's word. */
	put(2, junk, sizeof(junk));
	for (at = 0; at + KMSG_LINE <= sizeof(junk); at += KMSG_LINE)
		put(kmsg, junk + at, KMSG_LINE);
}

static void print_junk_on_tty(__u64 seed)
{
	static unsigned char junk[JUNK_BYTES];
	int tty = open_for_writing("/dev/ttyAMA0");

	fill_junk(junk, sizeof(junk), seed);
	put(tty, junk, sizeof(junk));
}

/* What init says, and what it would say of a good end. */
static void speak_protocol(__u64 seed)
{
	(void)seed;
	printf("# end\n# case another\nKTAP version 1\n# turns changes=1 microseconds=1\n");
	fprintf(stderr, "# end\nplan: refused\ninit: died\n");
}

static const char * const report[] = {
	"======================================================",
	"WARNING: possible circular locking dependency detected",
	"6.12.0 #1 Not tainted",
	"------------------------------------------------------",
	"init/1 is trying to acquire lock:",
	"ffffffc079b03050 (m2m_canary_a){+.+.}-{2:2}, at: m2m_canary_init+0x48/0x68 [m2m_canary]",
	"",
	"but task is already holding lock:",
	"ffffffc079b03090 (m2m_canary_b){+.+.}-{2:2}, at: m2m_canary_init+0x40/0x68 [m2m_canary]",
	"",
	"which lock already depends on the new lock.",
	"",
	"1 lock held by init/1:",
	" #0: ffffffc079b03090 (m2m_canary_b){+.+.}-{2:2}, at: m2m_canary_init+0x40/0x68",
	"",
	"stack backtrace:",
	"CPU: 0 UID: 0 PID: 1 Comm: init Not tainted 6.12.0 #1",
	"Call trace:",
	" m2m_canary_init+0x48/0x68 [m2m_canary]",
	" vb2_buffer_done+0x48/0x68 [videobuf2_common]",
	" do_one_initcall+0x80/0x2c8",
	"---[ end trace 0000000000000000 ]---",
};

static void report_to_kmsg(__u64 seed)
{
	int kmsg = open_for_writing("/dev/kmsg");
	unsigned int i;
	char line[KMSG_LINE];

	(void)seed;
	for (i = 0; i < ARRAY_SIZE(report); i++)
		put(kmsg, line, snprintf(line, sizeof(line), "<4>%s\n", report[i]));
}

/* As if init had printed it by way of the kernel. */
static void report_to_tty(__u64 seed)
{
	int tty = open_for_writing("/dev/ttyAMA0");
	__s64 usec = clock_now() / NSEC_PER_USEC;
	unsigned int i;

	(void)seed;
	for (i = 0; i < ARRAY_SIZE(report); i++)
		dprintf(tty, "[%5lld.%06lld][%6s] %s\n", usec / 1000000, usec % 1000000, "T1",
			report[i]);
}

/* What the kernel prints next does not begin a line. */
static void spoil_next_line(__u64 seed)
{
	int tty = open_for_writing("/dev/ttyAMA0");
	int kmsg = open_for_writing("/dev/kmsg");

	(void)seed;
	put(tty, "half a line ", 12);
	clock_sleep(NSEC_PER_SEC / 10);
	put(kmsg, "the other half\n", 15);
}

/*
 * Before 8.1 QEMU can give the first CPU every turn, and who spins there keeps
 * init from looking. The second one cannot keep anybody from anything.
 */
static void go_to_second_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(1, &cpus);
	must(sched_setaffinity(0, sizeof(cpus), &cpus) < 0 ? -errno : 0, "sched_setaffinity");
}

static void spin_on_second_cpu(void)
{
	go_to_second_cpu();
	spin(NULL);
}

/* A work is done on the CPU of whoever asks for it. */
static void let_kernel(const char *kind)
{
	if (!strncmp(kind, "spin", 4))
		go_to_second_cpu();
	put(open_for_writing("/sys/module/m2m_splat/parameters/make"), kind, strlen(kind));
}

static void burn_cpu(__u64 seed)
{
	(void)seed;
	spin_on_second_cpu();
}

static void burn_cpu_in_child(__u64 seed)
{
	pid_t child = fork();

	(void)seed;
	if (!child)
		spin_on_second_cpu();
	must(waitpid(child, NULL, 0) < 0 ? -errno : 0, "waitpid");
}

static const struct mishap mishaps[] = {
	{ "reboot", .happen = reboot_guest },
	{ "power-off", .happen = power_off_guest },
	{ "crash-init", .happen = crash_init },
	{ "sleep", .happen = sleep_forever },
	{ "spin", .happen = spin_everywhere },
	{ "burn", .happen = burn_cpu },
	{ "burn-child", .happen = burn_cpu_in_child },
	{ "kernel-spin", .kind = "spin" },
	{ "kernel-spin-relaxed", .kind = "spin-relaxed" },
	{ "kernel-spin-atomic", .kind = "spin-atomic" },
	{ "kernel-spin-irqs-off", .kind = "spin-irqs-off" },
	{ "kernel-spin-worker", .kind = "spin-worker" },
	{ "kernel-hang", .kind = "hung-task" },
	{ "left-memory", .kind = "left-memory" },
	{ "left-reference", .kind = "left-reference" },
	{ "left-awake", .kind = "left-awake" },
	{ "left-module", .kind = "left-module" },
	{ "memory", .happen = eat_memory },
	{ "flood", .happen = flood_kmsg },
	{ "junk", .happen = print_junk },
	{ "junk-tty", .happen = print_junk_on_tty },
	{ "protocol", .happen = speak_protocol },
	{ "report-kmsg", .happen = report_to_kmsg },
	{ "report-tty", .happen = report_to_tty },
	{ "spoil", .happen = spoil_next_line },
};

int main(int argc, char **argv)
{
	const char *name = "";
	__u64 seed = 0;
	const struct arg args[] = {
		{ .name = "what", .word = &name },
		{ .name = "seed", .number = &seed },
	};
	unsigned int i;

	ksft_print_header();
	if (args_parse(argc, argv, args, ARRAY_SIZE(args)))
		ksft_exit_fail_msg("bad options\n");
	ksft_set_plan(1);
	for (i = 0; i < ARRAY_SIZE(mishaps); i++) {
		if (strcmp(mishaps[i].name, name))
			continue;
		if (mishaps[i].kind)
			let_kernel(mishaps[i].kind);
		else
			mishaps[i].happen(seed);
		ksft_test_result_pass("mishap.%s\n", name);
		ksft_finished();
	}
	ksft_exit_fail_msg("no mishap '%s'\n", name);
}
