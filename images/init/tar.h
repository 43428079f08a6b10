/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_TAR_H
#define M2M_RIG_TAR_H

#include <stddef.h>

/* A POSIX ustar stream; both return 0 or a negative errno. */
int tar_member(int fd, const char *name, const void *data, size_t size);
int tar_end(int fd);

/*
 * Unpack such a stream, of files and symbolic links, below the root directory;
 * 0 or a negative errno, -EBADMSG for what is no such stream.
 */
int tar_unpack(const void *archive, size_t size);

#endif
