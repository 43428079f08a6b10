// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "observe.h"

static void add(struct observation *seen, const char *text)
{
	for (; *text && seen->size + 1 < sizeof(seen->line); text++)
		seen->line[seen->size++] = *text;
	seen->line[seen->size] = 0;
}

static void add_key(struct observation *seen, const char *key)
{
	add(seen, " ");
	add(seen, key);
	add(seen, "=");
}

void observe_begin(struct observation *seen, const char *name)
{
	seen->size = 0;
	add(seen, "# ");
	add(seen, name);
}

void observe_number(struct observation *seen, const char *key, __s64 value)
{
	char number[24];

	snprintf(number, sizeof(number), "%lld", (long long)value);
	add_key(seen, key);
	add(seen, number);
}

void observe_word(struct observation *seen, const char *key, const char *value)
{
	char code[4] = "";

	add_key(seen, key);
	for (; *value; value++) {
		unsigned char byte = *value;

		/* What would end the word, or the line, or undo the code itself. */
		if (byte <= ' ' || byte == '%' || byte >= 0x7f)
			snprintf(code, sizeof(code), "%%%02X", byte);
		else
			snprintf(code, sizeof(code), "%c", byte);
		add(seen, code);
	}
}

void observe_end(struct observation *seen)
{
	printf("%s\n", seen->line);
}
