/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_DUMP_H
#define M2M_RIG_DUMP_H

/*
 * The stages of the dump port, in the order of docs/reference/protocol.md. Without a
 * port (@fd below 0) they do nothing; a port that fails is fatal.
 */
void dump_accounts_start(int fd);

/* Remember what was allocated; dump_accounts_end() tells what is not as it was. */
void dump_allocations_start(int fd);
void dump_start(int fd);
/* Of workload @number; @ret is what calls_begin() said. */
void dump_calls(int fd, unsigned int number, int ret);
/* The pictures that workload @number kept, each a member; they are gone then. */
void dump_screens(int fd, unsigned int number);
void dump_trace(int fd);
void dump_silicon(int fd);
void dump_locks(int fd);
void dump_accounts_end(int fd);
void dump_kmsg(int fd);
void dump_end(int fd);

#endif
