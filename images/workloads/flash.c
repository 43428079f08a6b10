// SPDX-License-Identifier: GPL-2.0-only
/*
 * A display shows a buffer, and says so with the fence of a reader; the next
 * picture is queued to the same buffer meanwhile. At each refresh of the display
 * it is printed what is in the buffer, small, so that people see what who sits
 * before it sees. The pictures are drawn for them: a sun by day, a moon by night.
 *
 * Whether the device had to wait is not for the program to say.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/dma-buf.h>

#include "kselftest.h"

#include "args.h"
#include "copy.h"
#include "must.h"
#include "observe.h"
#include "workload.h"

/* Between two refreshes of the display. */
#define REFRESH		(16 * NSEC_PER_MSEC)

/* How often it shows the buffer before it lets go, and after that. */
#define HELD		9
#define LET_GO		5

/* Each pixel of a small picture is one out of SMALLER by SMALLER. */
#define SMALLER		4
#define SMALL_WIDTH	(USUAL_WIDTH / SMALLER)
#define SMALL_HEIGHT	(USUAL_HEIGHT / SMALLER)

/* Rows of a small picture in one line of the results. */
#define ROWS		4

#define RGB565(red, green, blue) \
	((__u16)(((red) >> 3) << 11 | ((green) >> 2) << 5 | (blue) >> 3))

struct scene {
	__u16 sky;
	__u16 ground;
	__u16 light;
	int x;
};

static const struct scene scenes[] = {
	{ RGB565(120, 180, 240), RGB565(70, 150, 70), RGB565(255, 200, 40), 40 },
	{ RGB565(20, 20, 60), RGB565(20, 50, 40), RGB565(230, 230, 210), 116 },
};

enum { DAY, NIGHT };

struct flash {
	struct copy copy;
	/* What the display shows, and what it showed when the next picture was queued. */
	__u16 *pixels;
	__u16 *before;
	size_t size;
	unsigned int shots;
	unsigned int refreshes;
	__u16 small[SMALL_WIDTH * SMALL_HEIGHT];
};

static __u16 pixel(const struct scene *scene, int x, int y)
{
	int dx = x - scene->x, dy = y - 48;

	if (dx * dx + dy * dy < 24 * 24)
		return scene->light;
	return y < 96 ? scene->sky : scene->ground;
}

static void draw(__u16 *pixels, const struct scene *scene)
{
	int x, y;

	for (y = 0; y < USUAL_HEIGHT; y++) {
		for (x = 0; x < USUAL_WIDTH; x++)
			*pixels++ = pixel(scene, x, y);
	}
}

static size_t differs(const void *some, const void *others, size_t size)
{
	const __u8 *one = some, *other = others;
	size_t i, count = 0;

	for (i = 0; i < size; i++)
		count += one[i] != other[i];
	return count;
}

/* The small picture, some rows to a line. */
static void print_shot(const struct flash *flash)
{
	char text[ROWS * SMALL_WIDTH * 4 + 1];
	struct observation seen;
	unsigned int i, row;

	for (row = 0; row < SMALL_HEIGHT; row += ROWS) {
		for (i = 0; i < ROWS * SMALL_WIDTH; i++)
			sprintf(&text[i * 4], "%04x", flash->small[row * SMALL_WIDTH + i]);
		observe_begin(&seen, "shot");
		observe_number(&seen, "number", flash->shots);
		observe_number(&seen, "width", SMALL_WIDTH);
		observe_number(&seen, "height", SMALL_HEIGHT);
		observe_number(&seen, "row", row);
		observe_word(&seen, "pixels", text);
		observe_end(&seen);
	}
}

/* Returns whether it is another picture than at the refresh before. */
static bool make_small(struct flash *flash)
{
	__u16 small[SMALL_WIDTH * SMALL_HEIGHT];
	unsigned int x, y;
	bool other;

	for (y = 0; y < SMALL_HEIGHT; y++) {
		for (x = 0; x < SMALL_WIDTH; x++)
			small[y * SMALL_WIDTH + x] =
				flash->pixels[y * SMALLER * USUAL_WIDTH + x * SMALLER];
	}
	other = !flash->shots || memcmp(small, flash->small, sizeof(small));
	memcpy(flash->small, small, sizeof(small));
	return other;
}

/* Returns how many bytes are not what they were. */
static size_t refresh(struct flash *flash, const char *reader, __s64 begin)
{
	size_t changed = differs(flash->pixels, flash->before, flash->size);
	struct observation seen;
	__s64 now = clock_now();

	if (make_small(flash)) {
		flash->shots++;
		print_shot(flash);
	}
	observe_begin(&seen, "refresh");
	observe_number(&seen, "number", flash->refreshes++);
	observe_number(&seen, "after", now - begin);
	observe_word(&seen, "reader", reader);
	observe_number(&seen, "shot", flash->shots);
	observe_number(&seen, "changed", changed);
	observe_end(&seen);
	return changed;
}

static void print_held(const struct flash *flash, const char *name, bool used, size_t changed,
		       bool failed, bool wrong)
{
	struct observation seen;

	observe_begin(&seen, name);
	observe_word(&seen, "driver", flash->copy.m2m.driver);
	observe_word(&seen, "queue", "capture");
	observe_number(&seen, "buffer", 0);
	observe_word(&seen, "by", "reader");
	observe_word(&seen, "added", "before");
	if (!strcmp(name, "held")) {
		observe_word(&seen, "ends", "signal");
		observe_word(&seen, "seen", used ? "used" : "left");
		observe_number(&seen, "changed", changed);
		observe_word(&seen, "then", "done");
		observe_word(&seen, "order", "kept");
		observe_number(&seen, "error-flag", failed);
		observe_number(&seen, "wrong", wrong);
	}
	observe_end(&seen);
}

static void feed(struct flash *flash, const struct scene *scene)
{
	struct copy *copy = &flash->copy;

	draw(copy->m2m.output.buffer[0].plane[0].map, scene);
	copy->payload[0] = flash->size;
	must(copy->device->start(copy, 0), "QBUF OUTPUT");
	copy->started = clock_now();
}

/* Takes the buffers back; true: the picture is not the one that was drawn. */
static bool finish(struct flash *flash)
{
	struct copy *copy = &flash->copy;

	must(copy_finish(copy, 0), "job");
	return differs(flash->pixels, copy->m2m.output.buffer[0].plane[0].map, flash->size);
}

/* Day is on the screen, and night is queued to the same buffer. */
static void overwrite(struct flash *flash)
{
	struct copy *copy = &flash->copy;
	struct m2m_plane *plane = &copy->m2m.capture.buffer[0].plane[0];
	struct foreign display;
	size_t changed = 0, seen;
	unsigned int i;
	bool used, wrong;
	__s64 begin;

	must(foreign_open(&display), "sw_sync");
	must(foreign_attach_as(&display, plane->dmabuf[0], DMA_BUF_SYNC_READ), "attach");
	plane->foreign = "pending";
	print_held(flash, "holding", false, 0, false, false);
	begin = clock_now();
	must(m2m_qbuf(&copy->m2m.capture, 0, NULL), "QBUF CAPTURE");
	feed(flash, &scenes[NIGHT]);
	/* Programs may leave marks in what is queued before anything is drawn. */
	memcpy(flash->before, flash->pixels, flash->size);
	for (i = 0; i < HELD; i++) {
		clock_sleep_until(begin + i * REFRESH);
		seen = refresh(flash, "pending", begin);
		if (seen > changed)
			changed = seen;
	}
	used = m2m_wait(&copy->m2m, 0);
	must(foreign_signal(&display), "signal");
	plane->foreign = "signaled";
	for (; i < HELD + LET_GO; i++) {
		clock_sleep_until(begin + i * REFRESH);
		refresh(flash, "signaled", begin);
	}
	wrong = finish(flash);
	print_held(flash, "held", used, changed, copy->failed, wrong);
	foreign_close(&display);
}

int main(int argc, char **argv)
{
	static struct flash flash;
	struct copy_options options = {
		.driver = "vim2m",
		.depth = 1,
		.msec = 40,
		.width = USUAL_WIDTH,
		.height = USUAL_HEIGHT,
	};
	struct copy *copy = &flash.copy;
	bool wrong;

	workload_begin(&options, argc, argv, NULL, 0);
	workload_open(copy, &options);
	flash.size = copy->format.sizeimage[0];
	if (flash.size != USUAL_WIDTH * USUAL_HEIGHT * sizeof(*flash.pixels) ||
	    copy->format.planes != 1)
		ksft_exit_fail_msg("pictures have %zu bytes\n", flash.size);
	flash.pixels = copy->m2m.capture.buffer[0].plane[0].map;
	flash.before = malloc(flash.size);
	if (!flash.before)
		abort();

	/* These are no pictures that the library knows. */
	copy->unawaited = true;

	ksft_set_plan(2);
	must(copy_start(copy), "start");
	feed(&flash, &scenes[DAY]);
	copy_ask_once(copy, 0);
	wrong = finish(&flash);
	ksft_test_result(!copy->failed && !wrong, "flash.first\n");
	overwrite(&flash);
	ksft_test_result(flash.refreshes == HELD + LET_GO, "flash.refreshes\n");
	copy_close(copy);
	free(flash.before);
	ksft_finished();
}
