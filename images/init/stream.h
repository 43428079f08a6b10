/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_STREAM_H
#define M2M_RIG_STREAM_H

#include "buffer.h"

/* A workload's output on its way to the results port, line by line. */
struct stream {
	int fd;
	const char *prefix;
	struct buffer held;
	struct buffer out;
};

/* Pass on what there is. Returns 0 at the end of the stream, else 1. */
int stream_pass(struct stream *stream);

/* Pass on what is left, give an unfinished line its end, and free. */
void stream_close(struct stream *stream);

#endif
