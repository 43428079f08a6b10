// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plugin of QEMU's translator: how many instructions the guest executed, by
 * the address of the block that they are in, and how many the block has.
 */
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin.h"

PLUGIN_EXPORT int qemu_plugin_version = PLUGIN_VERSION;

struct block {
	unsigned long long address;
	unsigned long long size;
	unsigned long long instructions;
};

static void *blocks;
static const char *out;
static FILE *file;

static int compare(const void *a, const void *b)
{
	const struct block *left = a, *right = b;

	if (left->address != right->address)
		return left->address > right->address ? 1 : -1;
	return (left->size > right->size) - (left->size < right->size);
}

/* Blocks are translated again and again, and may then have another size. */
static void translated(unsigned long long id, struct qemu_plugin_tb *tb)
{
	struct block *block = calloc(1, sizeof(*block));
	unsigned long long size = qemu_plugin_tb_n_insns(tb);
	struct block **found;

	(void)id;
	if (!block)
		abort();
	block->address = qemu_plugin_tb_vaddr(tb);
	block->size = size;
	found = tsearch(block, &blocks, compare);
	if (!found)
		abort();
	if (*found != block)
		free(block);
	qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
						 &(*found)->instructions, size);
}

static void print(const void *node, VISIT visit, int depth)
{
	const struct block *block = *(struct block *const *)node;

	(void)depth;
	if ((visit == postorder || visit == leaf) && block->instructions)
		fprintf(file, "%llx %llu %llu\n", block->address, block->size,
			block->instructions);
}

static void ended(unsigned long long id, void *arg)
{
	(void)id;
	(void)arg;
	file = fopen(out, "w");
	if (!file)
		return;
	twalk(blocks, print);
	fclose(file);
}

/* Options: out=FILE. */
PLUGIN_EXPORT int qemu_plugin_install(unsigned long long id, const void *info, int argc,
				      char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", 4))
		return -1;
	out = strdup(argv[0] + 4);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, ended, NULL);
	return 0;
}
