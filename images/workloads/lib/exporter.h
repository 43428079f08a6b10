/* SPDX-License-Identifier: GPL-2.0-only */
/* Those who give out memory as dma-bufs that a queue can import. */
#ifndef M2M_EXPORTER_H
#define M2M_EXPORTER_H

#include <stddef.h>

/*
 * A dma-buf of at least @size bytes (rounded up to pages) from "system", "cma",
 * "udmabuf" or "vgem". Returns its descriptor, -ENODEV if there is no such
 * exporter, -EINVAL if the name is none of these, or another negative errno.
 */
int exporter_allocate(const char *name, size_t size);

#endif
