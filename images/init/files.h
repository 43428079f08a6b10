/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_FILES_H
#define M2M_RIG_FILES_H

#include <stddef.h>

/* All return 0 or a negative errno. */
int write_all(int fd, const void *data, size_t size);
int write_file(const char *path, const char *text);

#endif
