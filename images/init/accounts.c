// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accounts.h"

#define ALLOCATIONS	"/proc/allocinfo"

/* One line of the file: a place in the source that allocates. */
struct site {
	const char *tag;
	long long bytes;
	unsigned long long calls;
	bool seen;
};

struct sites {
	struct buffer text;
	struct site *site;
	size_t count;
};

static struct sites before;

static void sites_free(struct sites *sites)
{
	buffer_free(&sites->text);
	free(sites->site);
	*sites = (struct sites){ 0 };
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	while ((text = strchr(text, '\n'))) {
		text++;
		count++;
	}
	return count;
}

/* "BYTES CALLS TAG", right-aligned; the head of the file is no such line. */
static bool site_parse(char *line, struct site *site)
{
	size_t end;
	int tag = 0;

	if (sscanf(line, "%lld %llu %n", &site->bytes, &site->calls, &tag) < 2 || !tag)
		return false;
	site->tag = line + tag;
	for (end = strlen(line); end && line[end - 1] == ' '; end--)
		line[end - 1] = 0;
	return *site->tag;
}

static int sites_read(struct sites *sites)
{
	char *line, *rest;
	int ret;

	ret = buffer_append_file(&sites->text, ALLOCATIONS);
	if (!ret)
		ret = buffer_append(&sites->text, "", 1);
	if (ret)
		return ret;
	sites->site = calloc(count_lines(sites->text.data) + 1, sizeof(*sites->site));
	if (!sites->site)
		return -ENOMEM;
	rest = sites->text.data;
	while ((line = strsep(&rest, "\n")))
		sites->count += site_parse(line, &sites->site[sites->count]);
	return sites->count ? 0 : -ENODATA;
}

/* They come in the same order, but for modules that came or went: look on from @from. */
static struct site *sites_find(struct sites *sites, const char *tag, size_t *from)
{
	size_t i, at;

	for (i = 0; i < sites->count; i++) {
		at = (*from + i) % sites->count;
		if (!sites->site[at].seen && !strcmp(sites->site[at].tag, tag)) {
			*from = at + 1;
			return &sites->site[at];
		}
	}
	return NULL;
}

static int tell(struct buffer *to, const char *tag, const struct site *then,
		const struct site *now)
{
	char line[512];
	int size;

	size = snprintf(line, sizeof(line), "site %llu %llu %lld %lld %s\n", then->calls,
			now->calls, then->bytes, now->bytes, tag);
	if (size < 0 || (size_t)size >= sizeof(line))
		return -EOVERFLOW;
	return buffer_append(to, line, size);
}

static int tell_difference(struct buffer *to, struct sites *then, struct sites *now)
{
	static const struct site none;
	struct site *old, *site;
	size_t i, from = 0;
	int ret = 0;

	for (i = 0; i < now->count && !ret; i++) {
		site = &now->site[i];
		old = sites_find(then, site->tag, &from);
		if (old)
			old->seen = true;
		if (site->calls != (old ? old->calls : 0))
			ret = tell(to, site->tag, old ?: &none, site);
	}
	for (i = 0; i < then->count && !ret; i++) {
		old = &then->site[i];
		if (!old->seen && old->calls)
			ret = tell(to, old->tag, old, &none);
	}
	return ret;
}

int accounts_begin(void)
{
	sites_free(&before);
	return sites_read(&before);
}

int accounts_compare(struct buffer *to)
{
	struct sites now = { 0 };
	char head[64];
	int ret;

	if (!before.count)
		return -ENODATA;
	ret = sites_read(&now);
	if (!ret) {
		snprintf(head, sizeof(head), "sites %zu %zu\n", before.count, now.count);
		ret = buffer_append(to, head, strlen(head));
	}
	if (!ret)
		ret = tell_difference(to, &before, &now);
	sites_free(&now);
	return ret;
}
