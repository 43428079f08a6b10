// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "pattern.h"
#include "random.h"

static struct random pattern_start(__u64 seed, unsigned int frame, unsigned int plane)
{
	struct random random = { .state = seed };

	random.state = random_next(&random) + frame;
	random.state = random_next(&random) + plane;
	return random;
}

void pattern_fill(void *to, size_t size, __u64 seed, unsigned int frame, unsigned int plane)
{
	struct random random = pattern_start(seed, frame, plane);
	unsigned char *byte = to;
	size_t part;
	__u64 word;

	for (; size; size -= part, byte += part) {
		word = random_next(&random);
		part = size < sizeof(word) ? size : sizeof(word);
		memcpy(byte, &word, part);
	}
}

size_t pattern_check(const void *from, size_t size, __u64 seed, unsigned int frame,
		     unsigned int plane)
{
	struct random random = pattern_start(seed, frame, plane);
	const unsigned char *byte = from;
	size_t at, part, i;
	__u64 word;

	for (at = 0; at < size; at += part) {
		word = random_next(&random);
		part = size - at < sizeof(word) ? size - at : sizeof(word);
		if (!memcmp(byte + at, &word, part))
			continue;
		for (i = 0; byte[at + i] == ((unsigned char *)&word)[i]; i++)
			;
		return at + i;
	}
	return size;
}

size_t pattern_wrong(const void *from, size_t size, __u64 seed, unsigned int frame,
		     unsigned int plane)
{
	struct random random = pattern_start(seed, frame, plane);
	const unsigned char *byte = from;
	size_t at, wrong = 0;
	__u64 word = 0;

	for (at = 0; at < size; at++) {
		if (at % sizeof(word) == 0)
			word = random_next(&random);
		wrong += byte[at] != ((unsigned char *)&word)[at % sizeof(word)];
	}
	return wrong;
}
