// SPDX-License-Identifier: GPL-2.0-only
/* Eight bytes a step: a frame has millions of them. */
#include <stdbool.h>
#include <string.h>

#include "crc32.h"

#define POLYNOMIAL	0xedb88320
#define STEP		8

static __u32 table[STEP][256];

static void fill(void)
{
	unsigned int byte, bit, step;
	__u32 sum;

	for (byte = 0; byte < 256; byte++) {
		sum = byte;
		for (bit = 0; bit < 8; bit++)
			sum = sum & 1 ? sum >> 1 ^ POLYNOMIAL : sum >> 1;
		table[0][byte] = sum;
	}
	for (step = 1; step < STEP; step++)
		for (byte = 0; byte < 256; byte++) {
			sum = table[step - 1][byte];
			table[step][byte] = sum >> 8 ^ table[0][sum & 0xff];
		}
}

__u32 crc32(__u32 sum, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	__u32 low, high;

	if (!table[0][1])
		fill();
	sum = ~sum;
	for (; size >= STEP; size -= STEP, at += STEP) {
		memcpy(&low, at, sizeof(low));
		memcpy(&high, at + sizeof(low), sizeof(high));
		low ^= sum;
		sum = table[7][low & 0xff] ^ table[6][low >> 8 & 0xff] ^
		      table[5][low >> 16 & 0xff] ^ table[4][low >> 24] ^
		      table[3][high & 0xff] ^ table[2][high >> 8 & 0xff] ^
		      table[1][high >> 16 & 0xff] ^ table[0][high >> 24];
	}
	for (; size; size--, at++)
		sum = sum >> 8 ^ table[0][(sum ^ *at) & 0xff];
	return ~sum;
}
