// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "compiler.h"
#include "loaded.h"

#define MODULES	"/sys/module/"

static int add(struct buffer *to, const char *text)
{
	return buffer_append(to, text, strlen(text));
}

static int add_hex(struct buffer *to, const struct buffer *data)
{
	char digits[3];
	int ret = 0;
	size_t i;

	for (i = 0; i < data->size && !ret; i++) {
		snprintf(digits, sizeof(digits), "%02x", (unsigned char)data->data[i]);
		ret = buffer_append(to, digits, 2);
	}
	return ret;
}

static int add_notes(struct buffer *to, const char *owner, const char *path)
{
	struct buffer notes = { 0 };
	char head[128];
	int ret;

	ret = buffer_append_file(&notes, path);
	snprintf(head, sizeof(head), "notes %s ", owner);
	if (!ret)
		ret = add(to, head);
	if (!ret)
		ret = add_hex(to, &notes);
	if (!ret)
		ret = add(to, "\n");
	buffer_free(&notes);
	return ret;
}

static int add_section(struct buffer *to, const char *owner, const char *path)
{
	struct buffer address = { 0 };
	char head[256];
	int ret;

	ret = buffer_append_file(&address, path);
	snprintf(head, sizeof(head), "section %s %s ", owner, strrchr(path, '/') + 1);
	if (!ret)
		ret = add(to, head);
	/* It ends in a line feed of its own. */
	if (!ret)
		ret = buffer_append(to, address.data, address.size);
	buffer_free(&address);
	return ret;
}

/* Of each module that has such a file. */
static int add_each(struct buffer *to, const char *files,
		    int (*add_one)(struct buffer *to, const char *owner, const char *path))
{
	char pattern[64], owner[64];
	glob_t found;
	int ret = 0;
	size_t i;

	snprintf(pattern, sizeof(pattern), MODULES "*/%s", files);
	ret = glob(pattern, 0, NULL, &found);
	if (ret)
		return ret == GLOB_NOMATCH ? 0 : -ENOMEM;
	for (i = 0; i < found.gl_pathc && !ret; i++) {
		if (sscanf(found.gl_pathv[i], MODULES "%63[^/]", owner) != 1)
			continue;
		ret = add_one(to, owner, found.gl_pathv[i]);
		/* Unloaded since its name was read. */
		if (ret == -ENOENT || ret == -ENODEV)
			ret = 0;
	}
	globfree(&found);
	return ret;
}

int loaded_read(struct buffer *to)
{
	static const char * const sections[] = { "sections/.data*", "sections/.bss" };
	int ret;
	size_t i;

	ret = add_notes(to, "vmlinux", "/sys/kernel/notes");
	if (!ret)
		ret = add_each(to, "notes/.note.gnu.build-id", add_notes);
	for (i = 0; i < ARRAY_SIZE(sections) && !ret; i++)
		ret = add_each(to, sections[i], add_section);
	return ret;
}
