// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "power.h"
#include "results.h"
#include "stream.h"

/* A workload that writes without line feeds must not eat the memory. */
#define LONGEST_LINE	16384

static void check(int ret)
{
	if (ret)
		die("workload output: %s", strerror(-ret));
}

static void end_line(struct stream *stream)
{
	check(buffer_append(&stream->out, stream->prefix, strlen(stream->prefix)));
	check(buffer_append(&stream->out, stream->held.data, stream->held.size));
	check(buffer_append(&stream->out, "\n", 1));
	stream->held.size = 0;
}

int stream_pass(struct stream *stream)
{
	char chunk[4096];
	ssize_t got;
	ssize_t i;

	got = read(stream->fd, chunk, sizeof(chunk));
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return 1;
	if (got <= 0)
		return 0;
	for (i = 0; i < got; i++) {
		if (chunk[i] != '\n')
			check(buffer_append(&stream->held, &chunk[i], 1));
		if (chunk[i] == '\n' || stream->held.size >= LONGEST_LINE)
			end_line(stream);
	}
	/* Whole lines only, so that the two streams never mix within one. */
	results_write(stream->out.data, stream->out.size);
	stream->out.size = 0;
	return 1;
}

void stream_close(struct stream *stream)
{
	if (stream->held.size) {
		end_line(stream);
		results_write(stream->out.data, stream->out.size);
	}
	buffer_free(&stream->held);
	buffer_free(&stream->out);
	close(stream->fd);
}
