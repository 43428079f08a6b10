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

/* One file of the device, ready to be read. */
struct fwcfg {
	void *map;
	volatile uint8_t *regs;
	struct fwcfg_entry entry;
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

/*
 * The data register gives as many bytes as are asked for, in their order, and
 * moves on. Each access leaves the guest, which is what costs.
 */
static void fwcfg_data(volatile uint8_t *regs, void *to, size_t size)
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
static void fwcfg_text(volatile uint8_t *regs, char *to, size_t size)
{
	size_t at = 0, part;
	bool ended = false;

	for (; at < size && !ended; at += part) {
		part = size - at < TEXT_PART ? size - at : TEXT_PART;
		fwcfg_data(regs, to + at, part);
		ended = memchr(to + at, 0, part);
	}
	memset(to + at, 0, size - at);
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

static void fwcfg_close(struct fwcfg *fwcfg)
{
	munmap(fwcfg->map, sysconf(_SC_PAGESIZE));
}

/* Find the file @name and the registers that it is read through. */
static int fwcfg_open(struct fwcfg *fwcfg, const char *name)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char signature[4];
	uint64_t address;
	int fd, ret;

	ret = fwcfg_address(&address);
	if (ret)
		return ret;
	fd = open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	fwcfg->map = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			  address & ~(page - 1));
	ret = -errno;
	close(fd);
	if (fwcfg->map == MAP_FAILED)
		return ret;
	fwcfg->regs = fwcfg->map + (address & (page - 1));

	fwcfg_select(fwcfg->regs, FWCFG_KEY_SIGNATURE);
	fwcfg_data(fwcfg->regs, signature, sizeof(signature));
	ret = -ENODEV;
	if (!memcmp(signature, "QEMU", sizeof(signature)))
		ret = fwcfg_find(fwcfg->regs, name, &fwcfg->entry);
	if (ret)
		fwcfg_close(fwcfg);
	return ret;
}

int fwcfg_read_text(const char *name, struct buffer *to)
{
	struct fwcfg fwcfg;
	size_t size;
	int ret;

	ret = fwcfg_open(&fwcfg, name);
	if (ret)
		return ret;
	size = be32toh(fwcfg.entry.size);
	ret = buffer_reserve(to, size);
	if (!ret) {
		fwcfg_select(fwcfg.regs, be16toh(fwcfg.entry.key));
		fwcfg_text(fwcfg.regs, to->data + to->size, size);
		to->size += size;
	}
	fwcfg_close(&fwcfg);
	return ret;
}

/* QEMU has copied everything when the write to the register returns. */
static int fwcfg_run(volatile uint8_t *regs, volatile struct fwcfg_control *control,
		     uint64_t control_at)
{
	__sync_synchronize();
	*(volatile uint64_t *)(regs + FWCFG_DMA) = htobe64(control_at);
	__sync_synchronize();
	return control->command ? -EIO : 0;
}

long fwcfg_transfer(const char *name, uint64_t to, size_t room,
		    volatile struct fwcfg_control *control, uint64_t control_at)
{
	struct fwcfg fwcfg;
	uint32_t key;
	long ret;

	ret = fwcfg_open(&fwcfg, name);
	if (ret)
		return ret;
	key = be16toh(fwcfg.entry.key);
	ret = be32toh(fwcfg.entry.size);
	if ((size_t)ret > room) {
		ret = -E2BIG;
	} else {
		control->command = htobe32(key << 16 | FWCFG_COMMAND_SELECT | FWCFG_COMMAND_READ);
		control->size = fwcfg.entry.size;
		control->address = htobe64(to);
		if (fwcfg_run(fwcfg.regs, control, control_at))
			ret = -EIO;
	}
	fwcfg_close(&fwcfg);
	return ret;
}
