/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_PORTS_H
#define M2M_RIG_PORTS_H

/*
 * Open the virtio-serial port that the host calls @name, waiting for its name
 * to arrive. A file descriptor, or a negative errno.
 */
int port_open(const char *name);

#endif
