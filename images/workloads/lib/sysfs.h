/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_SYSFS_H
#define M2M_SYSFS_H

#include <stddef.h>

/* Write @text in one go, as files of sysfs want it; 0 or a negative errno. */
int sysfs_write(const char *path, const char *text);

/* Read a file of less than @size bytes as a string; 0 or a negative errno. */
int sysfs_read(const char *path, char *text, size_t size);

/* The number in a file, or a negative errno. */
long sysfs_number(const char *path);

#endif
