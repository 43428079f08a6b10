// SPDX-License-Identifier: GPL-2.0-only
/*
 * The proof that JPEG encoders write; vepu_payload.h says what it is.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "silicon.h"
#include "vepu_payload.h"

/* Bytes of each plane, in quarters of width * height. */
static const u8 vepu_quarters[VEPU_FORMATS][VEPU_PLANES] = {
	{ 4, 1, 1 }, { 4, 2, 0 }, { 8, 0, 0 }, { 8, 0, 0 },
};

u32 vepu_payload_bytes(const struct vepu_payload *payload)
{
	return VEPU_TEXT_BYTES + payload->width * payload->height / 16 + VEPU_END_BYTES;
}

/* Writes the bytes from *@at on, as far as @end. */
static void vepu_put(struct silicon_block *block, const struct vepu_payload *payload, u32 *at,
		     u32 end, const void *from, u32 bytes)
{
	u32 part = *at < end ? min(bytes, end - *at) : 0;

	silicon_dma_write(block, (u64)payload->output + *at, from, part);
	*at += bytes;
}

void vepu_payload_write(struct silicon_block *block, struct silicon_job *job,
			const struct vepu_payload *payload)
{
	static const u8 eoi[VEPU_END_BYTES] = { 0xff, 0xd9 };
	u32 bytes = vepu_payload_bytes(payload);
	u32 body = bytes - VEPU_TEXT_BYTES - VEPU_END_BYTES;
	u32 end = job->half ? bytes / 2 : bytes;
	u64 sum[VEPU_PLANES] = {}, seed;
	char text[VEPU_TEXT_BYTES + 1];
	u32 i, at = 0;
	__le64 word;

	for (i = 0; i < VEPU_PLANES; i++)
		if (vepu_quarters[payload->format][i])
			sum[i] = silicon_dma_sum(block, job, payload->plane[i],
						 payload->width * payload->height / 4 *
						 vepu_quarters[payload->format][i]);
	memset(text, ' ', VEPU_TEXT_BYTES);
	i = scnprintf(text, sizeof(text), "m2m-vepu 1 %u %u %u %016llx %016llx %016llx",
		      payload->width, payload->height, payload->format, sum[0], sum[1], sum[2]);
	text[i] = ' ';
	text[VEPU_TEXT_BYTES - 1] = '\n';
	vepu_put(block, payload, &at, end, text, VEPU_TEXT_BYTES);

	seed = sum[0] + 3 * sum[1] + 5 * sum[2];
	for (i = 0; i < body / 8 && !silicon_cut(job); i++) {
		word = cpu_to_le64(silicon_mix(seed + i) & VEPU_BODY_MASK);
		vepu_put(block, payload, &at, end, &word, sizeof(word));
	}
	vepu_put(block, payload, &at, end, eoi, sizeof(eoi));
}
