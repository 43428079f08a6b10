// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "screens.h"

bool screens_next(char *path, size_t size)
{
	char first[256] = "";
	struct dirent *entry;
	DIR *folder = opendir(SCREENS_FOLDER);

	if (!folder)
		return false;
	/* What a folder holds comes in no order that one could rely on. */
	while ((entry = readdir(folder)))
		if (entry->d_type == DT_REG && (!*first || strcmp(entry->d_name, first) < 0))
			snprintf(first, sizeof(first), "%s", entry->d_name);
	closedir(folder);
	snprintf(path, size, "%s/%s", SCREENS_FOLDER, first);
	return *first;
}
