/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_MMIO_H
#define M2M_MMIO_H

#include <linux/compiler_types.h>

/* A page of registers that never have power. */
extern void __iomem *m2m_mmio_nothing;

#endif
