/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_OBSERVE_H
#define M2M_OBSERVE_H

#include <linux/types.h>

/*
 * What a consumer saw, as a diagnostic line: "# NAME key=value key=value".
 * Whoever reads the log judges it; the program that saw it does not.
 */
struct observation {
	char line[1024];
	unsigned int size;
};

void observe_begin(struct observation *seen, const char *name);
void observe_number(struct observation *seen, const char *key, __s64 value);
void observe_word(struct observation *seen, const char *key, const char *value);
void observe_end(struct observation *seen);

#endif
