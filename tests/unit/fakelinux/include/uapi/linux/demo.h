/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#define DEMO_UAPI 1
