/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What count.c uses of the interface between QEMU's translator and its plugins,
 * version 1, as QEMU's documentation tells it ("QEMU TCG Plugins"): Debian has no
 * package with QEMU's own header.
 */
#ifndef M2M_PLUGIN_H
#define M2M_PLUGIN_H

#include <stddef.h>

#define PLUGIN_VERSION	1
#define PLUGIN_EXPORT	__attribute__((visibility("default")))

struct qemu_plugin_tb;

enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

void qemu_plugin_register_vcpu_tb_trans_cb(unsigned long long id,
					   void (*cb)(unsigned long long, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, enum qemu_plugin_op op,
					      void *counter, unsigned long long value);
void qemu_plugin_register_atexit_cb(unsigned long long id, void (*cb)(unsigned long long, void *),
				    void *arg);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
unsigned long long qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);

#endif
