// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>
#include <string.h>

#include "proof.h"

__u64 proof_sum(const void *from, size_t size)
{
	__u64 sum = 0x6d326d2d76657075ULL, word;
	const unsigned char *byte = from;
	size_t part;

	for (; size; size -= part, byte += part) {
		part = size < sizeof(word) ? size : sizeof(word);
		word = 0;
		memcpy(&word, byte, part);
		sum = (sum ^ le64toh(word)) * 0x9e3779b97f4a7c15ULL;
		sum ^= sum >> 29;
	}
	return sum;
}

__u64 proof_mix(__u64 word)
{
	word = (word ^ word >> 32) * 0xd6e8feb86659fd93ULL;
	word = (word ^ word >> 32) * 0xd6e8feb86659fd93ULL;
	return word ^ word >> 32;
}

size_t proof_differing(const void *one, const void *other, size_t size)
{
	const unsigned char *left = one, *right = other;
	size_t i, count = 0;

	for (i = 0; i < size; i++)
		count += left[i] != right[i];
	return count;
}
