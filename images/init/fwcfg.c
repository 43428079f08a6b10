// SPDX-License-Identifier: GPL-2.0-only
/*
 * QEMU's fw_cfg device, by its registers: the kernel under test need not have
 * a driver for it.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fwcfg.h"

#define FWCFG_DATA		0
#define FWCFG_SELECTOR		8

#define FWCFG_KEY_SIGNATURE	0x00
#define FWCFG_KEY_DIRECTORY	0x19

struct fwcfg_entry {
	uint32_t size;
	uint16_t key;
	uint16_t reserved;
	char name[56];
};

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

static void fwcfg_select(volatile uint8_t *regs, uint16_t key)
{
	*(volatile uint16_t *)(regs + FWCFG_SELECTOR) = htobe16(key);
}

/* The data register moves on by one byte at each byte read. */
static void fwcfg_data(volatile uint8_t *regs, void *to, size_t size)
{
	uint8_t *byte = to;

	while (size--)
		*byte++ = regs[FWCFG_DATA];
}

static int fwcfg_find(volatile uint8_t *regs, const char *name, struct fwcfg_entry *entry)
{
	uint32_t count;

	fwcfg_select(regs, FWCFG_KEY_DIRECTORY);
	fwcfg_data(regs, &count, sizeof(count));
	for (count = be32toh(count); count; count--) {
		fwcfg_data(regs, entry, sizeof(*entry));
		if (!strncmp(entry->name, name, sizeof(entry->name)))
			return 0;
	}
	return -ENOENT;
}

static int fwcfg_copy(volatile uint8_t *regs, const char *name, struct buffer *to)
{
	struct fwcfg_entry entry;
	char signature[4];
	int ret;

	fwcfg_select(regs, FWCFG_KEY_SIGNATURE);
	fwcfg_data(regs, signature, sizeof(signature));
	if (memcmp(signature, "QEMU", sizeof(signature)))
		return -ENODEV;

	ret = fwcfg_find(regs, name, &entry);
	if (ret)
		return ret;
	ret = buffer_reserve(to, be32toh(entry.size));
	if (ret)
		return ret;
	fwcfg_select(regs, be16toh(entry.key));
	fwcfg_data(regs, to->data + to->size, be32toh(entry.size));
	to->size += be32toh(entry.size);
	return 0;
}

int fwcfg_read(const char *name, struct buffer *to)
{
	size_t page = sysconf(_SC_PAGESIZE);
	uint64_t address;
	uint8_t *map;
	int fd, ret;

	ret = fwcfg_address(&address);
	if (ret)
		return ret;
	fd = open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	map = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, address & ~(page - 1));
	ret = -errno;
	close(fd);
	if (map == MAP_FAILED)
		return ret;
	ret = fwcfg_copy(map + (address & (page - 1)), name, to);
	munmap(map, page);
	return ret;
}
