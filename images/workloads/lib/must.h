/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_MUST_H
#define M2M_MUST_H

#include <string.h>

#include "kselftest.h"

#include "record.h"

/*
 * End the program if @ret is a negative errno; its records say what each call was
 * given and answered. In a header: kselftest.h counts per file.
 */
static inline void must(int ret, const char *what)
{
	if (ret >= 0)
		return;
	ksft_print_msg("%s: the last call was number %u\n", what, record_last());
	ksft_exit_fail_msg("%s: %s\n", what, strerror(-ret));
}

#endif
