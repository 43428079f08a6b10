/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_SPLAT_H
#define M2M_SPLAT_H

/* One mistake that the kernel reports by itself. */
struct splat {
	const char *kind;
	/* Makes it; what it leaves behind stays for good. */
	int (*make)(void);
};

/* Each ends with an entry without a kind. */
extern const struct splat splat_locks[];
extern const struct splat splat_irq[];
extern const struct splat splat_context[];
extern const struct splat splat_data[];
extern const struct splat splat_fence[];
extern const struct splat splat_left[];

#endif
