// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "plan.h"

#define MANY	PLAN_WORDS

struct parser {
	struct plan *plan;
	char *why;
	size_t room;
	unsigned int line;
	bool ended;
};

/* What follows a directive's name: so many words, and what to do with them. */
struct directive {
	const char *name;
	size_t min;
	size_t max;
	int (*take)(struct parser *parser, struct line *line);
};

static __printf(2, 3) int refuse(struct parser *parser, const char *fmt, ...)
{
	int used = 0;
	va_list args;

	if (parser->line)
		used = snprintf(parser->why, parser->room, "line %u: ", parser->line);
	va_start(args, fmt);
	vsnprintf(parser->why + used, parser->room - used, fmt, args);
	va_end(args);
	return -1;
}

int plan_number(const char *word, unsigned int *number)
{
	unsigned long value;
	char *end;

	if (!isdigit((unsigned char)*word))
		return -1;
	errno = 0;
	value = strtoul(word, &end, 10);
	if (errno || *end || value > 0xffffffffUL)
		return -1;
	*number = value;
	return 0;
}

static int take_case(struct parser *parser, struct line *line)
{
	if (parser->plan->id)
		return refuse(parser, "a second case");
	parser->plan->id = line->name;
	return 0;
}

static int take_seed(struct parser *parser, struct line *line)
{
	const char *digit = line->word[1];

	/* Only handed on, so its size is the workload's business. */
	if (!*digit || digit[strspn(digit, "0123456789")])
		return refuse(parser, "seed is not a number: %s", digit);
	parser->plan->seed = line->word[1];
	return 0;
}

static int take_trace_buffer(struct parser *parser, struct line *line)
{
	if (plan_number(line->word[1], &parser->plan->trace_kib))
		return refuse(parser, "not a number: %s", line->word[1]);
	return 0;
}

static int take_turns(struct parser *parser, struct line *line)
{
	if (plan_number(line->word[1], &parser->plan->turns_usec))
		return refuse(parser, "not a number: %s", line->word[1]);
	return 0;
}

static int take_round_size(struct parser *parser, struct line *line)
{
	if (plan_number(line->word[1], &parser->plan->round_size))
		return refuse(parser, "not a number: %s", line->word[1]);
	return 0;
}

static int take_cpu_share(struct parser *parser, struct line *line)
{
	if (plan_number(line->word[1], &parser->plan->cpu_share))
		return refuse(parser, "not a number: %s", line->word[1]);
	return 0;
}

static int take_canary(struct parser *parser, struct line *line)
{
	bool on = !strcmp(line->word[1], "on");

	if (!on && strcmp(line->word[1], "off"))
		return refuse(parser, "canary is on or off, not %s", line->word[1]);
	parser->plan->canary = on;
	return 0;
}

static int take_shell(struct parser *parser, struct line *line)
{
	parser->plan->shell = true;
	parser->plan->command = line->word[1];
	return 0;
}

static int take_terminal(struct parser *parser, struct line *line)
{
	struct plan *plan = parser->plan;

	if (plan_number(line->word[1], &plan->rows) || plan->rows > USHRT_MAX)
		return refuse(parser, "not a number of rows: %s", line->word[1]);
	if (plan_number(line->word[2], &plan->columns) || plan->columns > USHRT_MAX)
		return refuse(parser, "not a number of columns: %s", line->word[2]);
	return 0;
}

static int take_wait(struct parser *parser, struct line *line)
{
	(void)line;
	if (parser->line != 2)
		return refuse(parser, "wait is the first directive or none");
	parser->plan->wait = true;
	return 0;
}

static int take_end(struct parser *parser, struct line *line)
{
	(void)line;
	parser->ended = true;
	return 0;
}

static void keep(struct lines *lines, struct line *line)
{
	*lines->last = line;
	lines->last = &line->next;
}

static int take_sysctl(struct parser *parser, struct line *line)
{
	keep(&parser->plan->sysctls, line);
	return 0;
}

static int take_module(struct parser *parser, struct line *line)
{
	keep(&parser->plan->modules, line);
	return 0;
}

static int take_trace(struct parser *parser, struct line *line)
{
	keep(&parser->plan->traces, line);
	return 0;
}

static int take_run(struct parser *parser, struct line *line)
{
	unsigned int seconds;

	if (plan_number(line->word[2], &seconds) || !seconds)
		return refuse(parser, "not a time in seconds: %s", line->word[2]);
	keep(&parser->plan->runs, line);
	return 0;
}

static const struct directive directives[] = {
	{ "case", 1, 1, take_case },
	{ "seed", 1, 1, take_seed },
	{ "sysctl", 2, 2, take_sysctl },
	{ "module", 1, MANY, take_module },
	{ "trace", 1, MANY, take_trace },
	{ "trace-buffer", 1, 1, take_trace_buffer },
	{ "turns", 1, 1, take_turns },
	{ "round-size", 1, 1, take_round_size },
	{ "cpu-share", 1, 1, take_cpu_share },
	{ "run", 3, MANY, take_run },
	{ "canary", 1, 1, take_canary },
	{ "terminal", 2, 2, take_terminal },
	{ "shell", 0, 1, take_shell },
	{ "wait", 0, 0, take_wait },
	{ "end", 0, 0, take_end },
};

/* In place: what is decoded is never longer than what is written. */
static int decode(char *word)
{
	char *to = word;
	char hex[3] = "";

	for (; *word; word++) {
		if (*word != '%') {
			*to++ = *word;
			continue;
		}
		if (!isxdigit((unsigned char)word[1]) || !isxdigit((unsigned char)word[2]))
			return -1;
		memcpy(hex, word + 1, 2);
		*to++ = strtol(hex, NULL, 16);
		word += 2;
		if (!to[-1])
			return -1;
	}
	*to = 0;
	return 0;
}

static int split(struct parser *parser, char *text, struct line *line)
{
	char *word;

	while ((word = strsep(&text, " "))) {
		if (!*word)
			return refuse(parser, "an empty word");
		if (line->count == PLAN_WORDS)
			return refuse(parser, "more than %d words", PLAN_WORDS);
		if (line->count == 1)
			line->name = strdup(word);
		if (decode(word))
			return refuse(parser, "bad percent code");
		line->word[line->count++] = word;
	}
	return 0;
}

static int take_line(struct parser *parser, char *text)
{
	struct line *line = calloc(1, sizeof(*line));
	size_t i, args;

	if (!line)
		return refuse(parser, "out of memory");
	if (split(parser, text, line))
		return -1;
	args = line->count - 1;
	for (i = 0; i < ARRAY_SIZE(directives); i++) {
		if (strcmp(directives[i].name, line->word[0]))
			continue;
		if (args < directives[i].min || args > directives[i].max)
			return refuse(parser, "%s with %zu words", line->word[0], args);
		return directives[i].take(parser, line);
	}
	return refuse(parser, "unknown directive %s", line->word[0]);
}

static int check(struct parser *parser)
{
	struct plan *plan = parser->plan;

	if (!parser->ended)
		return refuse(parser, "no end");
	parser->line = 0;
	if (plan->wait && plan->id)
		return refuse(parser, "wait and case exclude each other");
	if (!plan->id && !plan->wait)
		return refuse(parser, "no case");
	if (plan->runs.first && !plan->seed)
		return refuse(parser, "run without seed");
	if (plan->runs.first && plan->shell)
		return refuse(parser, "run and shell exclude each other");
	return 0;
}

static void start_list(struct lines *lines)
{
	lines->last = &lines->first;
}

int plan_parse(struct plan *plan, char *text, size_t size, char *why, size_t room)
{
	struct parser parser = { .plan = plan, .why = why, .room = room };
	char *line;

	memset(plan, 0, sizeof(*plan));
	start_list(&plan->sysctls);
	start_list(&plan->modules);
	start_list(&plan->traces);
	start_list(&plan->runs);

	if (size != PLAN_SIZE)
		return refuse(&parser, "%zu bytes instead of %d", size, PLAN_SIZE);
	if (text[size - 1])
		return refuse(&parser, "no NUL at the end");
	while (!parser.ended && (line = strsep(&text, "\n"))) {
		parser.line++;
		if (parser.line == 1) {
			if (strcmp(line, "m2m-rig-plan 1"))
				return refuse(&parser, "not `m2m-rig-plan 1`");
			continue;
		}
		if (!*line || *line == '#')
			continue;
		if (take_line(&parser, line))
			return -1;
	}
	if (parser.ended && text && *text) {
		parser.line++;
		return refuse(&parser, "text behind end");
	}
	return check(&parser);
}
