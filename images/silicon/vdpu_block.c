// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decoder of Rockchip's VDPU2, as far as MPEG-2 and H.264 go.
 * decoder_picture.h says what it makes of a bitstream.
 */
#include <linux/bitfield.h>
#include <linux/bits.h>

#include "decoder_picture.h"
#include "silicon.h"

/* The decoder's registers come after the encoder's, of which this one has none. */
#define VDPU_REG(n)		(0x400 + 4 * (n))

#define VDPU_STREAM		VDPU_REG(51)
#define   VDPU_STREAM_BYTES	GENMASK(23, 0)
#define VDPU_FORMAT		VDPU_REG(53)
#define   VDPU_CODEC		GENMASK(3, 0)
#define VDPU_INTERRUPT		VDPU_REG(55)
#define   VDPU_INT		BIT(0)
#define   VDPU_INT_READY	BIT(4)
#define   VDPU_INT_ERROR	BIT(12)
#define VDPU_ENABLE		VDPU_REG(57)
#define   VDPU_START		BIT(0)
#define   VDPU_FIELD		BIT(16)
#define   VDPU_MPEG2_B		BIT(15)
#define   VDPU_MPEG2_INTER	BIT(14)
#define VDPU_SOFT_RESET		VDPU_REG(58)
#define VDPU_PICTURE_BASE	VDPU_REG(63)
#define VDPU_STREAM_BASE	VDPU_REG(64)

/* Size and number of the picture are elsewhere for each codec. */
#define VDPU_H264_SIZE		VDPU_REG(110)
#define   VDPU_H264_ROWS	GENMASK(16, 9)
#define   VDPU_H264_COLUMNS	GENMASK(8, 0)
#define VDPU_H264_FRAME		VDPU_REG(112)
#define   VDPU_H264_NUMBER	GENMASK(15, 0)
#define VDPU_MPEG2_SIZE		VDPU_REG(120)
#define   VDPU_MPEG2_COLUMNS	GENMASK(31, 23)
#define   VDPU_MPEG2_ROWS	GENMASK(18, 11)
#define VDPU_MPEG2_FRAME	VDPU_REG(136)
#define   VDPU_MPEG2_F_CODES	GENMASK(18, 3)

/* So are the references. */
#define VDPU_MPEG2_FORWARD	VDPU_REG(131)
#define VDPU_MPEG2_BACKWARD	VDPU_REG(134)
#define VDPU_H264_LIST_4(n)	VDPU_REG(74 + (n))
#define VDPU_H264_REFERENCE(n)	VDPU_REG(84 + (n))
#define VDPU_H264_LIST_0	VDPU_REG(106)
#define VDPU_H264_VALID		VDPU_REG(108)

/* An entry of the list of P slices. */
#define VDPU_LIST_BITS		5
#define VDPU_LIST_MASK		GENMASK(4, 0)
#define VDPU_LIST_0_ENTRIES	4
#define VDPU_LIST_ENTRIES	6

static void vdpu_reset(struct silicon_block *block)
{
	/* All registers are zero after power-on. */
}

static bool vdpu_start(struct silicon_block *block)
{
	u32 enable = silicon_read(block, VDPU_ENABLE);

	if (!(enable & VDPU_START))
		return false;
	silicon_write(block, VDPU_ENABLE, enable & ~VDPU_START);
	silicon_write(block, VDPU_SOFT_RESET, 0);
	return true;
}

/* A reset is over at once; the bit stays until the next start. */
static bool vdpu_stopped(struct silicon_block *block)
{
	return silicon_read(block, VDPU_SOFT_RESET);
}

static void vdpu_mpeg2_references(struct silicon_block *block, struct decoder_task *task,
				  u32 enable)
{
	if (!(enable & VDPU_MPEG2_INTER))
		return;
	task->reference[task->references++] = silicon_read(block, VDPU_MPEG2_FORWARD);
	if (enable & VDPU_MPEG2_B)
		task->reference[task->references++] = silicon_read(block, VDPU_MPEG2_BACKWARD);
}

static u8 vdpu_list_entry(struct silicon_block *block, unsigned int entry)
{
	u32 word;

	if (entry < VDPU_LIST_0_ENTRIES) {
		word = silicon_read(block, VDPU_H264_LIST_0);
	} else {
		entry -= VDPU_LIST_0_ENTRIES;
		word = silicon_read(block, VDPU_H264_LIST_4(entry / VDPU_LIST_ENTRIES));
	}
	return word >> entry % VDPU_LIST_ENTRIES * VDPU_LIST_BITS & VDPU_LIST_MASK;
}

static void vdpu_h264_references(struct silicon_block *block, struct decoder_task *task)
{
	u32 address[DECODER_REFERENCES];
	u8 list[DECODER_REFERENCES];
	unsigned int i;

	for (i = 0; i < DECODER_REFERENCES; i++) {
		address[i] = silicon_read(block, VDPU_H264_REFERENCE(i));
		list[i] = vdpu_list_entry(block, i);
	}
	decoder_refer(task, silicon_read(block, VDPU_H264_VALID), list, address);
}

static int vdpu_accept(struct silicon_block *block, struct silicon_job *job)
{
	struct decoder_task *task = job->data;
	u32 size, enable = silicon_read(block, VDPU_ENABLE);

	task->codec = FIELD_GET(VDPU_CODEC, silicon_read(block, VDPU_FORMAT));
	if (task->codec == DECODER_MPEG2) {
		size = silicon_read(block, VDPU_MPEG2_SIZE);
		task->width = FIELD_GET(VDPU_MPEG2_COLUMNS, size) * DECODER_MACROBLOCK;
		task->height = FIELD_GET(VDPU_MPEG2_ROWS, size) * DECODER_MACROBLOCK;
		task->frame = FIELD_GET(VDPU_MPEG2_F_CODES, silicon_read(block, VDPU_MPEG2_FRAME));
	} else {
		size = silicon_read(block, VDPU_H264_SIZE);
		task->width = FIELD_GET(VDPU_H264_COLUMNS, size) * DECODER_MACROBLOCK;
		task->height = FIELD_GET(VDPU_H264_ROWS, size) * DECODER_MACROBLOCK;
		task->frame = FIELD_GET(VDPU_H264_NUMBER, silicon_read(block, VDPU_H264_FRAME));
	}
	task->stream = silicon_read(block, VDPU_STREAM_BASE);
	task->bytes = FIELD_GET(VDPU_STREAM_BYTES, silicon_read(block, VDPU_STREAM));
	task->picture = silicon_read(block, VDPU_PICTURE_BASE);
	if (task->codec == DECODER_MPEG2 && !(enable & VDPU_FIELD))
		vdpu_mpeg2_references(block, task, enable);
	else if (!(enable & VDPU_FIELD))
		vdpu_h264_references(block, task);
	return decoder_accept(job);
}

/*
 * The driver takes bit 0, with which the hardware says that it has interrupted at
 * all, for success; so an error is told without it.
 */
static void vdpu_complete(struct silicon_block *block, struct silicon_job *job)
{
	silicon_write(block, VDPU_INTERRUPT,
		      job->error ? VDPU_INT_ERROR : VDPU_INT | VDPU_INT_READY);
}

const struct silicon_ops silicon_vdpu = {
	.name = "vdpu",
	.compatible = "rockchip,rk3568-vpu",
	.job_size = sizeof(struct decoder_task),
	.clock_per_job = true,
	.reset = vdpu_reset,
	.start = vdpu_start,
	.stopped = vdpu_stopped,
	.accept = vdpu_accept,
	.work = decoder_work,
	.complete = vdpu_complete,
};
