// SPDX-License-Identifier: GPL-2.0-only
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "results.h"
#include "stuck.h"

/* So many threads, and so many calls of each, the innermost first. */
#define THREADS		8
#define CALLS		10

/* "[<0>] function+0x1c/0x40 [module]" is a line of the file. */
static void tell_calls(char *text, unsigned int thread)
{
	char line[1024];
	unsigned int calls = 0;
	size_t used = 0;
	char *call;

	while ((call = strsep(&text, "\n")) && calls < CALLS && used < sizeof(line)) {
		/* One that runs has no trace that could be believed: an address without a name. */
		if (strncmp(call, "[<0>] ", 6) || !strncmp(call, "[<0>] 0x", 8))
			continue;
		used += snprintf(line + used, sizeof(line) - used, "%s%s", calls ? " < " : "",
				 call + 6);
		calls++;
	}
	if (calls)
		results_line("  # thread %u is in %s", thread, line);
}

void stuck_tell(pid_t pid)
{
	char pattern[64];
	glob_t found;
	size_t i;

	snprintf(pattern, sizeof(pattern), "/proc/%d/task/*/stack", (int)pid);
	if (glob(pattern, 0, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc && i < THREADS; i++) {
		struct buffer stack = { 0 };

		if (!buffer_append_file(&stack, found.gl_pathv[i]) &&
		    !buffer_append(&stack, "", 1))
			tell_calls(stack.data, i + 1);
		buffer_free(&stack);
	}
	globfree(&found);
}
