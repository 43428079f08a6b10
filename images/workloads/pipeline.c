// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pipeline of GStreamer's, run by its own gst-launch-1.0: "fdsink fd=3" hands
 * over what comes out at its end, and each frame of that is told by a checksum.
 * The pipeline is interrupted or killed when so many frames have come, if asked
 * to. What gst-launch-1.0 prints stands in the results as remarks.
 *
 * If it shows its frames on a display, too, that is looked at, and what is seen
 * is kept as evidence.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest.h"

#include "args.h"
#include "beside.h"
#include "crc32.h"
#include "entropy.h"
#include "must.h"
#include "node.h"
#include "screen.h"

#define LAUNCH		"/usr/bin/gst-launch-1.0"
#define FRAMES_FD	3
#define TOKENS		192
/* Of the pipe that the frames come through. */
#define ROOM		0x100000
/* How many checksums are kept, to know a frame again that is on the screen. */
#define SUMS		64
/* How long a pipeline may take to show something once it hands over frames, ms. */
#define PATIENCE	10000
/* What is told of the screen. */
#define SCREEN_TESTS	3

static const char *const environment[] = {
	"PATH=/usr/bin:/bin", "HOME=/tmp", "GST_REGISTRY=/tmp/gst-registry",
	/* There is no program to scan for elements; it is done in the process. */
	"GST_REGISTRY_FORK=no",
	/* Else it is looked for beside the library, which is where the loader looks. */
	"GST_PLUGIN_SYSTEM_PATH=/usr/lib/aarch64-linux-gnu/gstreamer-1.0",
	"GST_DEBUG_NO_COLOR=1",
	/* Where a compositor listens, if there is one. */
	"XDG_RUNTIME_DIR=/tmp", "WAYLAND_DISPLAY=wayland-1"
};

/* What is asked for. */
struct wish {
	const char *pipeline;
	/* What it says of itself while it runs, as GST_DEBUG. */
	const char *debug;
	/* Of one frame, bytes; how many of them; the checksums of the first and the last. */
	__u64 bytes;
	__u64 frames;
	const char *first;
	const char *last;
	/* Texts that must be seen in what the program prints. */
	struct words says;
	/* Sent after so many frames. */
	const char *signal;
	/* What runs meanwhile, and the file that is there when it is ready. */
	struct words beside;
	const char *ready;
	/* The driver of the display that is looked at then. */
	const char *screen;
	__u64 after;
};

/* What has come. */
struct heard {
	__u64 frames;
	/* Of the frame that is coming. */
	__u64 bytes;
	__u32 sum;
	__u32 first;
	__u32 last;
	/* Whether each frame has another checksum than the one before. */
	__u64 repeated;
	bool said[WORDS_MAX];
	__u32 sums[SUMS];
	/* What was on the screen, once it was looked at. */
	struct screen screen;
};

static int signal_number(const struct wish *wish)
{
	if (!wish->signal)
		return 0;
	if (!strcmp(wish->signal, "int"))
		return SIGINT;
	if (!strcmp(wish->signal, "kill"))
		return SIGKILL;
	return -EINVAL;
}

static pid_t launch(char *pipeline, const char *debug, int out, int frames)
{
	const char *argv[TOKENS + 4] = { LAUNCH, "-e", "-v" };
	const char *env[ARRAY_SIZE(environment) + 2] = { 0 };
	unsigned int count = 3;
	char *token, *rest, *said;
	pid_t pid;

	for (token = strtok_r(pipeline, " ", &rest); token; token = strtok_r(NULL, " ", &rest)) {
		must(count < TOKENS + 3 ? 0 : -E2BIG, "words of the pipeline");
		argv[count] = node_word(token);
		if (!argv[count++])
			ksft_exit_skip("no video node %s\n", token);
	}
	memcpy(env, environment, sizeof(environment));
	must(asprintf(&said, "GST_DEBUG=%s", debug) < 0 ? -ENOMEM : 0, "asprintf");
	env[ARRAY_SIZE(environment)] = said;
	pid = fork();
	must(pid < 0 ? -errno : 0, "fork");
	if (pid)
		return pid;
	if (dup2(out, 1) < 0 || dup2(out, 2) < 0 || dup2(frames, FRAMES_FD) < 0)
		_exit(126);
	execve(LAUNCH, (char **)argv, (char **)env);
	_exit(127);
}

static void frame_came(struct heard *heard)
{
	if (!heard->frames)
		heard->first = heard->sum;
	else if (heard->sum == heard->last)
		heard->repeated++;
	heard->last = heard->sum;
	heard->sums[heard->frames % SUMS] = heard->sum;
	ksft_print_msg("frame %llu: crc32 %08x\n", heard->frames, heard->sum);
	heard->frames++;
	heard->bytes = 0;
	heard->sum = 0;
}

/* Returns false at the end. */
static bool take_frames(int fd, const struct wish *wish, struct heard *heard)
{
	static unsigned char part[ROOM];
	ssize_t got = read(fd, part, sizeof(part));
	const unsigned char *at = part;
	size_t now;

	must(got < 0 ? -errno : 0, "read frames");
	for (; got > 0; got -= now, at += now) {
		now = wish->bytes - heard->bytes;
		if (now > (size_t)got)
			now = got;
		heard->sum = crc32(heard->sum, at, now);
		heard->bytes += now;
		if (heard->bytes == wish->bytes)
			frame_came(heard);
	}
	return at != part;
}

/* A line at a time, as it came; returns false at the end. */
static bool take_text(int fd, const struct wish *wish, struct heard *heard)
{
	static char line[4096];
	static size_t size;
	ssize_t got = read(fd, line + size, 1);
	unsigned int i;

	if (got == 1 && line[size] != '\n' && size < sizeof(line) - 2) {
		size++;
		return true;
	}
	line[size] = '\0';
	if (size)
		printf("# %s\n", line);
	for (i = 0; i < wish->says.count; i++)
		heard->said[i] |= !!strstr(line, wish->says.word[i]);
	size = 0;
	return got == 1;
}

/*
 * Stopped meanwhile, so that no other frame comes on the screen but what is on
 * its way there. Nobody takes frames from the pipeline either: it cannot end.
 */
static void look(pid_t pid, const char *driver, struct screen *screen)
{
	int ret;

	must(screen_wait(driver, PATIENCE), "display");
	must(kill(pid, SIGSTOP) ? -errno : 0, "stop");
	ret = screen_look(screen, driver, PATIENCE);
	must(kill(pid, SIGCONT) ? -errno : 0, "continue");
	must(ret, "screen");
	screen_print(screen, driver);
	must(screen_keep(screen, driver), "keep the screen");
}

static void follow(pid_t pid, int text, int frames, const struct wish *wish, struct heard *heard)
{
	struct pollfd fds[] = {
		{ .fd = text, .events = POLLIN },
		{ .fd = frames, .events = POLLIN },
	};
	const char *driver = wish->screen;
	int number = signal_number(wish);

	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0) {
			must(errno == EINTR ? 0 : -errno, "poll");
			continue;
		}
		if (fds[0].revents && !take_text(text, wish, heard))
			fds[0].fd = -1;
		if (fds[1].revents && !take_frames(frames, wish, heard))
			fds[1].fd = -1;
		if (driver && heard->frames >= wish->after) {
			look(pid, driver, &heard->screen);
			driver = NULL;
		}
		if (number && heard->frames >= wish->after) {
			ksft_print_msg("signal %d after %llu frames\n", number, heard->frames);
			must(kill(pid, number) ? -errno : 0, "kill");
			number = 0;
		}
	}
}

static bool ended_well(int status, const struct wish *wish)
{
	if (WIFSIGNALED(status)) {
		ksft_print_msg("died of signal %d\n", WTERMSIG(status));
		return signal_number(wish) == SIGKILL && WTERMSIG(status) == SIGKILL;
	}
	if (WEXITSTATUS(status))
		ksft_print_msg("exit status %d\n", WEXITSTATUS(status));
	/* Whoever is interrupted ends its stream and then itself. */
	return signal_number(wish) != SIGKILL && !WEXITSTATUS(status);
}

/* Whether the frame on the screen came here, too. */
static bool came(const struct heard *heard, __u32 sum)
{
	unsigned int i;

	for (i = 0; i < SUMS && i < heard->frames; i++)
		if (heard->sums[i] == sum)
			return true;
	return false;
}

static void tell_screen(const struct heard *heard)
{
	const struct screen *screen = &heard->screen;

	/* Memory that no device wrote to has one colour, which is green in YCbCr. */
	ksft_test_result(screen->colours > 1, "screen.picture\n");
	ksft_test_result(screen->pixels && screen->composed == screen->due, "screen.composed\n");
	ksft_test_result(screen->pixels && came(heard, screen->sum), "screen.frame\n");
}

static void tell(const struct wish *wish, const struct heard *heard, int status)
{
	unsigned int i;

	ksft_test_result(ended_well(status, wish), "pipeline.ends\n");
	for (i = 0; i < wish->says.count; i++)
		ksft_test_result(heard->said[i], "pipeline.says %s\n", wish->says.word[i]);
	if (wish->screen)
		tell_screen(heard);
	if (!wish->bytes)
		return;
	ksft_print_msg("%llu frames, %llu bytes of another, %llu like the one before\n",
		       heard->frames, heard->bytes, heard->repeated);
	if (wish->signal)
		ksft_test_result(heard->frames >= wish->after, "pipeline.frames\n");
	else
		ksft_test_result(heard->frames == wish->frames && !heard->bytes,
				 "pipeline.frames\n");
	if (wish->first)
		ksft_test_result(heard->first == strtoul(wish->first, NULL, 16),
				 "pipeline.first\n");
	if (wish->last)
		ksft_test_result(heard->last == strtoul(wish->last, NULL, 16), "pipeline.last\n");
}

int main(int argc, char **argv)
{
	struct wish wish = { .debug = "2" };
	struct heard heard = { 0 };
	__u64 seed = 1;
	const struct arg args[] = {
		{ .name = "pipeline", .word = &wish.pipeline },
		{ .name = "debug", .word = &wish.debug },
		{ .name = "bytes", .number = &wish.bytes },
		{ .name = "frames", .number = &wish.frames },
		{ .name = "first", .word = &wish.first },
		{ .name = "last", .word = &wish.last },
		{ .name = "says", .words = &wish.says },
		{ .name = "signal", .word = &wish.signal },
		{ .name = "screen", .word = &wish.screen },
		{ .name = "beside", .words = &wish.beside },
		{ .name = "ready", .word = &wish.ready },
		{ .name = "after", .number = &wish.after },
		{ .name = "seed", .number = &seed },
	};
	int text[2], frames[2], status;
	pid_t pid, beside;

	ksft_print_header();
	if (args_parse(argc, argv, args, ARRAY_SIZE(args)) || !wish.pipeline ||
	    signal_number(&wish) < 0)
		ksft_exit_fail_msg("bad options\n");
	ksft_set_plan(1 + wish.says.count + !!wish.bytes + !!wish.first + !!wish.last +
		      SCREEN_TESTS * !!wish.screen + !!wish.beside.count);
	entropy_give(seed);
	beside = beside_start(&wish.beside, wish.ready);
	must(pipe2(text, O_CLOEXEC) || pipe2(frames, O_CLOEXEC) ? -errno : 0, "pipe");
	/* Fewer turns of the two processes; less does as well. */
	fcntl(frames[1], F_SETPIPE_SZ, ROOM);
	pid = launch(strdup(wish.pipeline), wish.debug, text[1], frames[1]);
	close(text[1]);
	close(frames[1]);
	follow(pid, text[0], frames[0], &wish, &heard);
	must(waitpid(pid, &status, 0) < 0 ? -errno : 0, "wait");
	tell(&wish, &heard, status);
	if (beside)
		ksft_test_result(beside_end(beside), "beside.ends\n");
	ksft_finished();
}
