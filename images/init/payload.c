// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files of one case: kernel modules and programs. They are no part of the
 * initramfs, which a snapshot has in its memory already when a case begins.
 *
 * QEMU copies them to the memory at the end that "mem=" hides from the kernel:
 * nobody else uses it, and its physical address is known.
 */
#include <endian.h>
#include <errno.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "fwcfg.h"
#include "payload.h"
#include "physical.h"
#include "power.h"
#include "tar.h"

#define PAYLOAD_FILE	"opt/m2m-rig/payload"

/* The device's own words stand in the first page. */
#define DATA_OFFSET	4096

/* What the files of most cases fit into. */
#define USUAL_SIZE	(2 << 20)

/* To touch a page for the first time costs more than to copy one. */
static uint64_t usual[USUAL_SIZE / sizeof(uint64_t)];

/* Mapped when first asked for, and for good: a machine that was kept has that behind it. */
static struct window {
	uint64_t address;
	size_t size;
	void *map;
} window;

/* Base and size of all memory, as QEMU has told the kernel. */
static int all_memory(uint64_t *base, uint64_t *size)
{
	struct buffer reg = { 0 };
	uint64_t cells[2];
	glob_t found;
	int ret = -ENODEV;

	if (glob("/proc/device-tree/memory@*/reg", 0, NULL, &found))
		return ret;
	if (!buffer_append_file(&reg, found.gl_pathv[0]) && reg.size == sizeof(cells)) {
		memcpy(cells, reg.data, sizeof(cells));
		*base = be64toh(cells[0]);
		*size = be64toh(cells[1]);
		ret = 0;
	}
	buffer_free(&reg);
	globfree(&found);
	return ret;
}

/* How much of it the kernel may use. */
static int used_memory(uint64_t *size)
{
	struct buffer words = { 0 };
	char *word, *end;
	int ret = -EINVAL;

	if (buffer_append_file(&words, "/proc/cmdline") || buffer_append(&words, "", 1))
		return -EIO;
	word = strstr(words.data, " mem=");
	if (word) {
		*size = strtoull(word + strlen(" mem="), &end, 10) << 20;
		ret = *end == 'M' ? 0 : -EINVAL;
	}
	buffer_free(&words);
	return ret;
}

static int map_window(void)
{
	uint64_t base, size, used;
	void *map;
	int ret;

	if (all_memory(&base, &size) || used_memory(&used))
		return -ENODEV;
	if (used + DATA_OFFSET >= size)
		return -ENOSPC;
	ret = physical_map(base + used, size - used, 0, &map);
	if (ret)
		return ret;
	window = (struct window){ .address = base + used, .size = size - used, .map = map };
	return 0;
}

/*
 * What is no memory to the kernel is mapped as a device: only aligned accesses
 * of single words are sure to work there.
 */
static void copy_words(uint64_t *to, const volatile uint64_t *from, size_t bytes)
{
	size_t i;

	for (i = 0; i < (bytes + 7) / 8; i++)
		to[i] = from[i];
}

void payload_prepare(void)
{
	memset(usual, 0, sizeof(usual));
}

void payload_unpack(void)
{
	uint64_t *archive = usual;
	long size;
	int ret;

	if (!window.map) {
		ret = map_window();
		if (ret)
			die("payload: the memory that is kept for it: %s", strerror(-ret));
	}
	size = fwcfg_transfer(PAYLOAD_FILE, window.address + DATA_OFFSET,
			      window.size - DATA_OFFSET, window.map, window.address);
	if (size < 0)
		die("fw_cfg " PAYLOAD_FILE ": %s", strerror(-size));

	if (size > USUAL_SIZE)
		archive = malloc(size + sizeof(*archive));
	if (!archive)
		die("payload: %s", strerror(ENOMEM));
	copy_words(archive, window.map + DATA_OFFSET, size);
	ret = tar_unpack(archive, size);
	if (ret)
		die("payload: %s", strerror(-ret));
	if (archive != usual)
		free(archive);
}
