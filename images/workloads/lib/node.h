/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_NODE_H
#define M2M_NODE_H

/*
 * A word for a program that knows files and no drivers: "@DRIVER" at its end
 * stands for the path of the driver's first video node, "@DRIVER:1" for that of
 * its second. NULL if there is none; what has no "@" stays. Never freed.
 */
const char *node_word(const char *word);

#endif
