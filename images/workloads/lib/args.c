// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"

static int parse_number(const char *text, __u64 *number)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	*number = strtoull(text, &end, 0);
	return *end || errno ? -EINVAL : 0;
}

static int take(const struct arg *arg, const char *value)
{
	if (arg->number)
		return parse_number(value, arg->number);
	if (arg->word) {
		*arg->word = value;
		return 0;
	}
	if (arg->words->count == WORDS_MAX)
		return -EINVAL;
	arg->words->word[arg->words->count++] = value;
	return 0;
}

static const struct arg *find(const char *text, const struct arg *args, size_t count)
{
	size_t size;

	if (strncmp(text, "--", 2))
		return NULL;
	size = strcspn(text + 2, "=");
	if (text[2 + size] != '=')
		return NULL;
	for (; count; count--, args++) {
		if (strlen(args->name) == size && !strncmp(args->name, text + 2, size))
			return args;
	}
	return NULL;
}

int args_parse(int argc, char **argv, const struct arg *args, size_t count)
{
	const struct arg *arg;
	size_t known;
	int i;

	for (i = 1; i < argc; i++) {
		arg = find(argv[i], args, count);
		if (arg && !take(arg, strchr(argv[i], '=') + 1))
			continue;
		printf("# bad option %s; there are", argv[i]);
		for (known = 0; known < count; known++)
			printf(" --%s=", args[known].name);
		printf("\n");
		return -EINVAL;
	}
	return 0;
}

bool args_have(const struct words *words, unsigned long number)
{
	unsigned int i;

	for (i = 0; i < words->count; i++) {
		if (strtoul(words->word[i], NULL, 0) == number)
			return true;
	}
	return false;
}
