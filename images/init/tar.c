// SPDX-License-Identifier: GPL-2.0-only
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "tar.h"

#define BLOCK	512

struct header {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char checksum[8];
	char type;
	char linkname[100];
	char magic[6];
	char version[2];
	char uname[32];
	char gname[32];
	char devmajor[8];
	char devminor[8];
	char prefix[155];
	char padding[12];
};

static_assert(sizeof(struct header) == BLOCK, "a tar header is one block");

static const char zeros[BLOCK];

/* The sum over a header whose own sum reads as blanks. */
static unsigned int header_sum(const struct header *header)
{
	const unsigned char *byte = (const unsigned char *)header;
	unsigned int sum = 0;
	size_t i;

	for (i = 0; i < sizeof(*header); i++)
		sum += byte[i];
	for (i = 0; i < sizeof(header->checksum); i++)
		sum += ' ' - (unsigned char)header->checksum[i];
	return sum;
}

/* No owner and no time: two runs of one case must give the same bytes. */
static int header_fill(struct header *header, const char *name, size_t size)
{
	if (strlen(name) >= sizeof(header->name))
		return -ENAMETOOLONG;
	if (size > 077777777777UL)
		return -EFBIG;
	memset(header, 0, sizeof(*header));
	strcpy(header->name, name);
	strcpy(header->mode, "0000644");
	strcpy(header->uid, "0000000");
	strcpy(header->gid, "0000000");
	snprintf(header->size, sizeof(header->size), "%011lo", (unsigned long)size);
	strcpy(header->mtime, "00000000000");
	header->type = '0';
	strcpy(header->magic, "ustar");
	memcpy(header->version, "00", 2);
	snprintf(header->checksum, sizeof(header->checksum), "%06o", header_sum(header));
	header->checksum[7] = ' ';
	return 0;
}

int tar_member(int fd, const char *name, const void *data, size_t size)
{
	struct header header;
	int ret = header_fill(&header, name, size);

	if (!ret)
		ret = write_all(fd, &header, sizeof(header));
	if (!ret)
		ret = write_all(fd, data, size);
	if (!ret)
		ret = write_all(fd, zeros, -size % BLOCK);
	return ret;
}

int tar_end(int fd)
{
	int ret = write_all(fd, zeros, BLOCK);

	return ret ? ret : write_all(fd, zeros, BLOCK);
}

/* Numbers are octal digits, ended by a blank or NUL. */
static size_t number(const char *digits, size_t room)
{
	size_t value = 0;

	while (room-- && *digits >= '0' && *digits <= '7')
		value = value * 8 + *digits++ - '0';
	return value;
}

static int make_parents(char *path)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(path, 0755) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

static int unpack_file(const char *path, const struct header *header, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		      (mode_t)number(header->mode, sizeof(header->mode)));
	int ret;

	if (fd < 0)
		return -errno;
	ret = write_all(fd, header + 1, size);
	if (close(fd) && !ret)
		ret = -errno;
	return ret;
}

static int unpack_member(const struct header *header, size_t size)
{
	char path[300], target[sizeof(header->linkname) + 1];
	int ret;

	snprintf(path, sizeof(path), "/%.155s%s%.100s", header->prefix,
		 *header->prefix ? "/" : "", header->name);
	ret = make_parents(path);
	if (ret)
		return ret;
	if (header->type == '0')
		return unpack_file(path, header, size);
	if (header->type != '2')
		return -EBADMSG;
	snprintf(target, sizeof(target), "%.100s", header->linkname);
	return symlink(target, path) ? -errno : 0;
}

int tar_unpack(const void *archive, size_t size)
{
	const struct header *header = archive;
	size_t blocks = size / BLOCK, whole, length;
	int ret;

	for (; blocks; header += whole, blocks -= whole) {
		if (!header->name[0])
			return 0;
		if (number(header->checksum, sizeof(header->checksum)) != header_sum(header))
			return -EBADMSG;
		length = number(header->size, sizeof(header->size));
		whole = 1 + (length + BLOCK - 1) / BLOCK;
		if (whole > blocks)
			return -EBADMSG;
		ret = unpack_member(header, length);
		if (ret)
			return ret;
	}
	return -EBADMSG;
}
