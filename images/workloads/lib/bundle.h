/* SPDX-License-Identifier: GPL-2.0-only */
/* Sync_files of several fences, and one that was merged from all of them. */
#ifndef M2M_BUNDLE_H
#define M2M_BUNDLE_H

#define BUNDLE_MAX	256

struct bundle {
	int member[BUNDLE_MAX];
	unsigned int members;
	/* -1 as long as there is no member. */
	int merged;
};

void bundle_init(struct bundle *bundle);

/* Functions that return int give 0 or a negative errno. */

/* Adds @sync_file, which belongs to the bundle from now on. */
int bundle_add(struct bundle *bundle, int sync_file);

/* Adds what to wait for before @dmabuf may be written to, unless that is nothing. */
int bundle_add_dmabuf(struct bundle *bundle, int dmabuf);

/* Print whether the merged sync_file has signaled, and how many members have not. */
int bundle_print(const struct bundle *bundle);

void bundle_close(struct bundle *bundle);

#endif
