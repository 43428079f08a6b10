// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every kind of block there is. Kbuild finds them by the names of their files:
 * SILICON_KINDS is silicon_g1, silicon_rga, and so on, SILICON_KINDS_AT the same
 * with an & before each.
 */
#include <linux/array_size.h>

#include "silicon.h"

extern const struct silicon_ops SILICON_KINDS;

const struct silicon_ops *const silicon_kinds[] = { SILICON_KINDS_AT };

const unsigned int silicon_kind_count = ARRAY_SIZE(silicon_kinds);
