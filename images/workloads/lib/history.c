// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"

#define LINE	512
#define FIRST	"m2m-history 1"

/* Words that are kept: the line is the reader's. */
static int read_call(struct history_call *call, char *line)
{
	const char *word, *words[HISTORY_WORDS + 4];
	unsigned int i, count = 0, at = 1;
	char *kept = strdup(line);

	while (kept && count < HISTORY_WORDS + 4 && (word = strsep(&kept, " ")))
		words[count++] = word;
	if (count < 2)
		return -EINVAL;
	call->thread = strtoul(words[0], NULL, 10);
	if (count > 3 && !strcmp(words[2], "=")) {
		call->result = words[1];
		at = 3;
	}
	call->name = words[at++];
	for (i = at; i < count && call->words < HISTORY_WORDS; i++)
		call->word[call->words++] = words[i];
	return i == count && call->thread < HISTORY_THREADS ? 0 : -EINVAL;
}

static int read_line(struct history *history, char *line)
{
	struct history_call *call;
	int ret;

	if (!strcmp(line, "join")) {
		history->rounds++;
		return 0;
	}
	call = reallocarray(history->call, history->calls + 1, sizeof(*call));
	if (!call)
		return -ENOMEM;
	history->call = call;
	call += history->calls++;
	memset(call, 0, sizeof(*call));
	call->round = history->rounds;
	ret = read_call(call, line);
	if (call->thread >= history->threads)
		history->threads = call->thread + 1;
	return ret;
}

int history_read(struct history *history, const char *path)
{
	FILE *file = fopen(path, "re");
	bool first = true;
	char line[LINE];
	int ret = 0;

	memset(history, 0, sizeof(*history));
	if (!file)
		return -errno;
	while (!ret && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		if (first)
			ret = strcmp(line, FIRST) ? -EINVAL : 0;
		else if (line[0] && line[0] != '#')
			ret = read_line(history, line);
		first = false;
	}
	fclose(file);
	history->rounds++;
	return first ? -EINVAL : ret;
}

const char *history_word(const struct history_call *call, unsigned int place)
{
	unsigned int i;

	for (i = 0; i < call->words; i++) {
		if (!strchr(call->word[i], '=') && !place--)
			return call->word[i];
	}
	return "";
}

bool history_has(const struct history_call *call, const char *word)
{
	unsigned int i;

	for (i = 0; i < call->words; i++) {
		if (!strcmp(call->word[i], word))
			return true;
	}
	return false;
}

const char *history_value(const struct history_call *call, const char *name)
{
	size_t length = strlen(name);
	unsigned int i;

	for (i = 0; i < call->words; i++) {
		if (!strncmp(call->word[i], name, length) && call->word[i][length] == '=')
			return call->word[i] + length + 1;
	}
	return NULL;
}

/* @text begins with the 'n'. */
static __u64 relative(const char *text, __u64 n)
{
	__u64 other = text[1] ? strtoull(text + 2, NULL, 10) : 0;

	switch (text[1]) {
	case '+':
		return n + other;
	case '-':
		return n > other ? n - other : 0;
	case '/':
		return other ? n / other : n;
	default:
		return n;
	}
}

__u64 history_number(const struct history_call *call, const char *name, __u64 n, __u64 usual)
{
	const char *text = history_value(call, name);

	if (!text)
		return usual;
	return *text == 'n' ? relative(text, n) : strtoull(text, NULL, 10);
}

__u64 history_index(const struct history_call *call, const char *name, __u64 n)
{
	const char *text = history_value(call, name);
	__u64 number = history_number(call, name, n, 0);

	return text && *text != 'n' && n ? number % n : number;
}
