// SPDX-License-Identifier: GPL-2.0-only
/*
 * QEMU's fw_cfg device, by its registers: the kernel under test need not have
 * a driver for it.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fwcfg.h"
#include "physical.h"

#define FWCFG_DATA		0
#define FWCFG_SELECTOR		8
#define FWCFG_DMA		16

#define FWCFG_COMMAND_READ	0x02
#define FWCFG_COMMAND_SELECT	0x08

#define FWCFG_KEY_SIGNATURE	0x00
#define FWCFG_KEY_DIRECTORY	0x19

/* So much of a text is read before its end is looked for. */
#define TEXT_PART	64

struct fwcfg_entry {
	uint32_t size;
	uint16_t key;
	uint16_t reserved;
	char name[56];
};

/* Mapped when first asked for, and for good: a machine that was kept has that behind it. */
static volatile uint8_t *regs;

static int fwcfg_address(uint64_t *address)
{
	struct buffer reg = { 0 };
	glob_t found;
	int ret = -ENODEV;

	if (glob("/proc/device-tree/fw-cfg@*/reg", 0, NULL, &found))
		return ret;
	if (!buffer_append_file(&reg, found.gl_pathv[0]) && reg.size >= 8) {
		memcpy(address, reg.data, sizeof(*address));
		*address = be64toh(*address);
		ret = 0;
	}
	buffer_free(&reg);
	globfree(&found);
	return ret;
}

static void fwcfg_select(uint16_t key)
{
	*(volatile uint16_t *)(regs + FWCFG_SELECTOR) = htobe16(key);
}

/*
 * The data register gives as many bytes as are asked for, in their order, and
 * moves on. Each access leaves the guest, which is what costs.
 */
static void fwcfg_data(void *to, size_t size)
{
	uint64_t bytes;
	uint8_t *byte;

	for (; size >= sizeof(bytes); size -= sizeof(bytes), to += sizeof(bytes)) {
		bytes = *(volatile uint64_t *)(regs + FWCFG_DATA);
		memcpy(to, &bytes, sizeof(bytes));
	}
	for (byte = to; size; size--)
		*byte++ = regs[FWCFG_DATA];
}

/* A text that is filled up with NULs: the first of them is its end. */
static void fwcfg_text(char *to, size_t size)
{
	size_t at = 0, part;
	bool ended = false;

	for (; at < size && !ended; at += part) {
		part = size - at < TEXT_PART ? size - at : TEXT_PART;
		fwcfg_data(to + at, part);
		ended = memchr(to + at, 0, part);
	}
	memset(to + at, 0, size - at);
}

static int fwcfg_map(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char signature[4];
	uint64_t address;
	void *map;
	int ret;

	ret = fwcfg_address(&address);
	if (!ret)
		ret = physical_map(address & ~(page - 1), page, O_SYNC, &map);
	if (ret)
		return ret;
	regs = map + (address & (page - 1));

	fwcfg_select(FWCFG_KEY_SIGNATURE);
	fwcfg_data(signature, sizeof(signature));
	if (!memcmp(signature, "QEMU", sizeof(signature)))
		return 0;
	munmap(map, page);
	regs = NULL;
	return -ENODEV;
}

static int fwcfg_find(const char *name, struct fwcfg_entry *entry)
{
	uint32_t count;
	int ret;

	if (!regs) {
		ret = fwcfg_map();
		if (ret)
			return ret;
	}
	fwcfg_select(FWCFG_KEY_DIRECTORY);
	fwcfg_data(&count, sizeof(count));
	for (count = be32toh(count); count; count--) {
		fwcfg_data(entry, sizeof(*entry));
		if (!strncmp(entry->name, name, sizeof(entry->name)))
			return 0;
	}
	return -ENOENT;
}

int fwcfg_read_text(const char *name, struct buffer *to)
{
	struct fwcfg_entry entry;
	size_t size;
	int ret;

	ret = fwcfg_find(name, &entry);
	if (ret)
		return ret;
	size = be32toh(entry.size);
	ret = buffer_reserve(to, size);
	if (ret)
		return ret;
	fwcfg_select(be16toh(entry.key));
	fwcfg_text(to->data + to->size, size);
	to->size += size;
	return 0;
}

/* QEMU has copied everything when the write to the register returns. */
static int fwcfg_run(volatile struct fwcfg_control *control, uint64_t control_at)
{
	__sync_synchronize();
	*(volatile uint64_t *)(regs + FWCFG_DMA) = htobe64(control_at);
	__sync_synchronize();
	return control->command ? -EIO : 0;
}

long fwcfg_transfer(const char *name, uint64_t to, size_t room,
		    volatile struct fwcfg_control *control, uint64_t control_at)
{
	struct fwcfg_entry entry;
	uint32_t key, size;
	int ret;

	ret = fwcfg_find(name, &entry);
	if (ret)
		return ret;
	key = be16toh(entry.key);
	size = be32toh(entry.size);
	if (size > room)
		return -E2BIG;
	control->command = htobe32(key << 16 | FWCFG_COMMAND_SELECT | FWCFG_COMMAND_READ);
	control->size = entry.size;
	control->address = htobe64(to);
	ret = fwcfg_run(control, control_at);
	return ret ? ret : (long)size;
}
