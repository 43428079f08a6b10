// SPDX-License-Identifier: GPL-2.0-only
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

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

/* No owner and no time: two runs of one case must give the same bytes. */
static int header_fill(struct header *header, const char *name, size_t size)
{
	const unsigned char *byte = (const unsigned char *)header;
	unsigned int sum = 0;
	size_t i;

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
	memset(header->checksum, ' ', sizeof(header->checksum));
	header->type = '0';
	strcpy(header->magic, "ustar");
	memcpy(header->version, "00", 2);

	for (i = 0; i < sizeof(*header); i++)
		sum += byte[i];
	snprintf(header->checksum, sizeof(header->checksum), "%06o", sum);
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
