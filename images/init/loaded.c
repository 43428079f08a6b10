// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

/* Of a module, whatever has such a name. */
static int add_each(struct buffer *to, const char *owner, const char *files,
		    int (*add_one)(struct buffer *to, const char *owner, const char *path))
{
	char pattern[128];
	glob_t found;
	int ret = 0;
	size_t i;

	snprintf(pattern, sizeof(pattern), MODULES "%s/%s", owner, files);
	ret = glob(pattern, 0, NULL, &found);
	if (ret)
		return ret == GLOB_NOMATCH ? 0 : -ENOMEM;
	for (i = 0; i < found.gl_pathc && !ret; i++) {
		ret = add_one(to, owner, found.gl_pathv[i]);
		/* Unloaded since its name was read. */
		if (ret == -ENOENT || ret == -ENODEV)
			ret = 0;
	}
	globfree(&found);
	return ret;
}

static int describe(struct buffer *to, const char *owner)
{
	static const char * const sections[] = {
		"sections/.text", "sections/.data*", "sections/.bss"
	};
	int ret = add_each(to, owner, "notes/.note.gnu.build-id", add_notes);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sections) && !ret; i++)
		ret = add_each(to, owner, sections[i], add_section);
	return ret;
}

/*
 * What has been written of a module. Its folder is a new one whenever it is
 * loaded; its code may lie where it lay before, and its data elsewhere.
 */
struct known {
	struct known *next;
	char name[64];
	ino_t folder;
	struct buffer text;
};

static struct known *known;

static struct known *find(const char *name, ino_t folder)
{
	struct known *one;

	for (one = known; one; one = one->next) {
		if (!strcmp(one->name, name) && one->folder == folder)
			return one;
	}
	return NULL;
}

/* Each file of sysfs costs tens of thousands of instructions: each module is read once. */
static int add_module(struct buffer *to, const char *name)
{
	struct known *one;
	struct stat folder;
	char path[128];
	int ret;

	snprintf(path, sizeof(path), MODULES "%s", name);
	if (stat(path, &folder))
		/* Unloaded since its name was read. */
		return errno == ENOENT ? 0 : -errno;
	one = find(name, folder.st_ino);
	if (!one) {
		one = calloc(1, sizeof(*one));
		if (!one)
			return -ENOMEM;
		snprintf(one->name, sizeof(one->name), "%s", name);
		one->folder = folder.st_ino;
		ret = describe(&one->text, name);
		if (ret) {
			buffer_free(&one->text);
			free(one);
			return ret;
		}
		one->next = known;
		known = one;
	}
	return buffer_append(to, one->text.data, one->text.size);
}

/* Most of what /sys/module holds is built in and has neither notes nor sections. */
int loaded_read(struct buffer *to)
{
	struct buffer modules = { 0 };
	char name[64], state[16];
	char *line, *rest;
	int ret;

	ret = add_notes(to, "vmlinux", "/sys/kernel/notes");
	if (!ret)
		ret = buffer_append_file(&modules, "/proc/modules");
	if (!ret)
		ret = buffer_append(&modules, "", 1);
	rest = modules.data;
	while (!ret && (line = strsep(&rest, "\n"))) {
		if (sscanf(line, "%63s %*s %*s %*s %15s", name, state) == 2 &&
		    !strcmp(state, "Live"))
			ret = add_module(to, name);
	}
	buffer_free(&modules);
	return ret;
}

void loaded_prepare(void)
{
	struct buffer text = { 0 };

	/* What is wrong is wrong again when it is asked for. */
	(void)loaded_read(&text);
	buffer_free(&text);
}
