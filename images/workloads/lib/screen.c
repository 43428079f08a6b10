// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <drm/drm.h>
#include <drm/drm_fourcc.h>
#include <drm/drm_mode.h>
#include <linux/dma-buf.h>

#include "kselftest.h"

#include "call.h"
#include "card.h"
#include "clock.h"
#include "crc32.h"
#include "screen.h"

#define CRTCS_MAX	8
/* As many as three bytes can say. */
#define COLOURS		0x1000000

/* How often to look whether there is something to be seen. */
#define LOOK		(50 * NSEC_PER_MSEC)

/* How long the display may take for a checksum, and how many are of what was there before. */
#define PATIENCE	2000
#define EARLIER		2

/* A picture as it lies in memory, lines of @pitch bytes. */
struct memory {
	struct drm_mode_fb_cmd2 about;
	const __u8 *map;
	size_t size;
	int dmabuf;
};

/* The framebuffer that the first CRTC shows, 0 if it is dark; or a negative errno. */
static int shown(int card)
{
	__u32 crtcs[CRTCS_MAX];
	struct drm_mode_card_res all = {
		.crtc_id_ptr = (uintptr_t)crtcs,
		.count_crtcs = CRTCS_MAX,
	};
	struct drm_mode_crtc crtc = { 0 };
	int ret = call_device(card, DRM_IOCTL_MODE_GETRESOURCES, &all);

	if (ret || !all.count_crtcs)
		return ret ?: -ENODEV;
	crtc.crtc_id = crtcs[0];
	return call_device(card, DRM_IOCTL_MODE_GETCRTC, &crtc) ?: (int)crtc.fb_id;
}

static int sync_memory(const struct memory *memory, __u64 flags)
{
	struct dma_buf_sync sync = { .flags = flags | DMA_BUF_SYNC_READ };

	return call_device(memory->dmabuf, DMA_BUF_IOCTL_SYNC, &sync);
}

static bool is_known(__u32 format)
{
	return format == DRM_FORMAT_XRGB8888 || format == DRM_FORMAT_RGB565;
}

/* As a dma-buf, for the memory may be that of another device. */
static int open_memory(struct memory *memory, int card, __u32 id)
{
	void *map;
	int ret;

	memory->about.fb_id = id;
	ret = call_device(card, DRM_IOCTL_MODE_GETFB2, &memory->about);
	if (ret)
		return ret;
	if (!memory->about.handles[0] || !is_known(memory->about.pixel_format))
		return -EINVAL;
	memory->dmabuf = card_export(card, memory->about.handles[0]);
	if (memory->dmabuf < 0)
		return memory->dmabuf;
	memory->size = memory->about.offsets[0] +
		       (size_t)memory->about.pitches[0] * memory->about.height;
	map = mmap(NULL, memory->size, PROT_READ, MAP_SHARED, memory->dmabuf, 0);
	if (map == MAP_FAILED) {
		ret = -errno;
		close(memory->dmabuf);
		return ret;
	}
	memory->map = map;
	return 0;
}

static void close_memory(const struct memory *memory)
{
	munmap((void *)memory->map, memory->size);
	close(memory->dmabuf);
}

/* @colour of @bits bits, as the display spreads it over 16. */
static __u16 spread(unsigned int colour, unsigned int bits)
{
	unsigned int top = (1 << bits) - 1;

	return (colour * 0xffff + top / 2) / top;
}

/* The display blends in 16 bits a colour, and has no other pixels than these to blend. */
static void add_pixel(struct screen *screen, __u16 red, __u16 green, __u16 blue, __u8 *rgb)
{
	const __u16 blended[4] = { 0xffff, red, green, blue };

	screen->due = crc32(screen->due, blended, sizeof(blended));
	rgb[0] = red >> 8;
	rgb[1] = green >> 8;
	rgb[2] = blue >> 8;
}

static void add_xrgb8888(struct screen *screen, const __u8 *line, __u8 *rgb)
{
	unsigned int x;

	for (x = 0; x < screen->width; x++, line += 4, rgb += 3) {
		const __u8 pixel[4] = { line[0], line[1], line[2], 0xff };

		screen->sum = crc32(screen->sum, pixel, sizeof(pixel));
		add_pixel(screen, spread(line[2], 8), spread(line[1], 8), spread(line[0], 8), rgb);
	}
}

static void add_rgb565(struct screen *screen, const __u8 *line, __u8 *rgb)
{
	unsigned int x;

	screen->sum = crc32(screen->sum, line, screen->width * 2);
	for (x = 0; x < screen->width; x++, line += 2, rgb += 3) {
		unsigned int pixel = line[0] | line[1] << 8;

		add_pixel(screen, spread(pixel >> 11, 5), spread(pixel >> 5 & 0x3f, 6),
			  spread(pixel & 0x1f, 5), rgb);
	}
}

static void copy_memory(struct screen *screen, const struct memory *memory)
{
	const __u8 *line = memory->map + memory->about.offsets[0];
	__u8 *rgb = screen->pixels;
	unsigned int y;

	/* The kernel's crc32_le() begins at zero and turns no bit: zlib's is another way round. */
	screen->due = ~0;
	for (y = 0; y < screen->height; y++) {
		if (memory->about.pixel_format == DRM_FORMAT_RGB565)
			add_rgb565(screen, line, rgb);
		else
			add_xrgb8888(screen, line, rgb);
		line += memory->about.pitches[0];
		rgb += screen->width * 3;
	}
	screen->due = ~screen->due;
}

static int count_colours(struct screen *screen)
{
	size_t left = (size_t)screen->width * screen->height;
	__u8 *seen = calloc(COLOURS / 8, 1);
	const __u8 *pixel;
	__u32 colour;

	if (!seen)
		return -ENOMEM;
	for (pixel = screen->pixels; left; left--, pixel += 3) {
		colour = pixel[0] << 16 | pixel[1] << 8 | pixel[2];
		screen->colours += !(seen[colour / 8] >> colour % 8 & 1);
		seen[colour / 8] |= 1 << colour % 8;
	}
	free(seen);
	return 0;
}

static int read_memory(struct screen *screen, int card, __u32 id)
{
	struct memory memory = { 0 };
	int ret = open_memory(&memory, card, id);

	if (ret)
		return ret;
	screen->width = memory.about.width;
	screen->height = memory.about.height;
	screen->pixels = malloc((size_t)screen->width * screen->height * 3);
	ret = screen->pixels ? sync_memory(&memory, DMA_BUF_SYNC_START) : -ENOMEM;
	if (!ret) {
		copy_memory(screen, &memory);
		ret = sync_memory(&memory, DMA_BUF_SYNC_END);
	}
	close_memory(&memory);
	return ret ?: count_colours(screen);
}

/* A file of the display's checksums. */
static int open_sums(int card, const char *name, int flags)
{
	struct stat status;
	char path[80];
	int fd;

	if (fstat(card, &status))
		return -errno;
	snprintf(path, sizeof(path), "/sys/kernel/debug/dri/%u/crtc-0/crc/%s",
		 minor(status.st_rdev), name);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* "0x00000012 0x89abcdef": the number of a frame, and its checksum. */
static int next_sum(int fd, __u32 *sum)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	char line[64] = { 0 };

	if (poll(&ready, 1, PATIENCE) <= 0)
		return -ETIMEDOUT;
	if (read(fd, line, sizeof(line) - 1) < 0)
		return -errno;
	return sscanf(line, "%*s %x", sum) == 1 ? 0 : -EBADMSG;
}

static int ask_display(int card, __u32 *sum)
{
	int fd = open_sums(card, "control", O_WRONLY);
	unsigned int left;
	int ret;

	if (fd < 0)
		return fd;
	ret = write(fd, "auto", 4) < 0 ? -errno : 0;
	close(fd);
	fd = ret ?: open_sums(card, "data", O_RDONLY);
	if (fd < 0)
		return fd;
	for (left = EARLIER + 1; left && !ret; left--)
		ret = next_sum(fd, sum);
	close(fd);
	return ret;
}

static int look_once(struct screen *screen, int card)
{
	int id = shown(card);

	screen_free(screen);
	memset(screen, 0, sizeof(*screen));
	if (id <= 0)
		return id ?: -ENODATA;
	return read_memory(screen, card, id);
}

int screen_wait(const char *driver, int msec)
{
	const struct timespec pause = { .tv_nsec = LOOK };
	__s64 end = clock_now() + msec * NSEC_PER_MSEC;
	int card = card_open(driver), ret = card;
	struct screen screen = { 0 };

	/* Whatever goes wrong: a picture may go while it is looked at. */
	while (card >= 0) {
		ret = look_once(&screen, card);
		if (screen.colours > 1 || clock_now() > end)
			break;
		nanosleep(&pause, NULL);
	}
	screen_free(&screen);
	if (card >= 0)
		close(card);
	return ret == -ENODATA ? -ETIMEDOUT : ret;
}

int screen_look(struct screen *screen, const char *driver, int msec)
{
	__s64 end = clock_now() + msec * NSEC_PER_MSEC;
	int card = card_open(driver), ret;

	memset(screen, 0, sizeof(*screen));
	if (card < 0)
		return card;
	do {
		ret = look_once(screen, card) ?: ask_display(card, &screen->composed);
	} while ((ret || screen->composed != screen->due) && clock_now() < end);
	close(card);
	return ret;
}

int screen_keep(const struct screen *screen, const char *name)
{
	const char *folder = getenv("M2M_SCREENS");
	size_t count = (size_t)screen->width * screen->height;
	char path[128];
	FILE *file;
	int ret = 0;

	if (!folder)
		return -ENOENT;
	if (mkdir(folder, 0700) && errno != EEXIST)
		return -errno;
	snprintf(path, sizeof(path), "%s/%s.ppm", folder, name);
	file = fopen(path, "we");
	if (!file)
		return -errno;
	fprintf(file, "P6\n%u %u\n255\n", screen->width, screen->height);
	if (fwrite(screen->pixels, 3, count, file) != count)
		ret = -EIO;
	return fclose(file) ? -errno : ret;
}

void screen_print(const struct screen *screen, const char *driver)
{
	ksft_print_msg("screen card=%s width=%u height=%u colours=%u crc32=%08x\n", driver,
		       screen->width, screen->height, screen->colours, screen->sum);
	ksft_print_msg("the display composed %08x, which must be %08x\n", screen->composed,
		       screen->due);
}

void screen_free(struct screen *screen)
{
	free(screen->pixels);
	screen->pixels = NULL;
}
