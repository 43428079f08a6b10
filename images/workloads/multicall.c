// SPDX-License-Identifier: GPL-2.0-only
/*
 * All workloads in one program, which does what the name says that it is called
 * by: most of a static program is its C library, and every page of a file costs
 * the guest thousands of instructions.
 */
#include <stdio.h>
#include <string.h>

#include "kselftest.h"

/* The Makefile's WORKLOADS(X) is X(abandon), X(attach) and so on. */
#define FUNCTION(name)	name##_main
#define FUNCTIONS	WORKLOADS(FUNCTION)
#define WORKLOAD(name)	{ #name, FUNCTION(name) }

typedef int (main_function)(int argc, char **argv);

main_function FUNCTIONS;

static const struct {
	const char *name;
	main_function *main;
} workloads[] = { WORKLOADS(WORKLOAD) };

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash ? slash + 1 : argv[0];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(workloads); i++) {
		if (!strcmp(workloads[i].name, name))
			return workloads[i].main(argc, argv);
	}
	ksft_exit_fail_msg("no workload %s\n", name);
}
