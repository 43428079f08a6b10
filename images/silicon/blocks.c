// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every kind of block there is.
 */
#include <linux/array_size.h>

#include "silicon.h"

const struct silicon_ops *const silicon_kinds[] = {
	&silicon_rga,
	&silicon_vepu,
};

const unsigned int silicon_kind_count = ARRAY_SIZE(silicon_kinds);
