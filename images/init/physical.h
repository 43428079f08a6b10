/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_PHYSICAL_H
#define M2M_RIG_PHYSICAL_H

#include <stddef.h>
#include <stdint.h>

/*
 * Map @size bytes of physical memory from @address on, which is that of a page;
 * with O_SYNC in @flags they are registers. 0, or a negative errno.
 */
int physical_map(uint64_t address, size_t size, int flags, void **map);

#endif
