/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the imitated RGA2 does to pixels, to the bit; the RGA3 does the same where
 * it can (rga3_block.c).
 *
 * A job is what the command buffer says, nothing else. The source rectangle is
 * sw x sh (SRC_ACT_INFO + 1), the destination rectangle dw x dh (DST_ACT_INFO +
 * 1). Let rot be 0, 1, 2, 3 for 0, 90, 180, 270 degrees clockwise. All divisions
 * round down. Each destination pixel (x, y) is made from one source pixel:
 *
 *   1. mirror:    mode 1 (and 3):  x = dw - 1 - x
 *                 mode 2 (and 3):  y = dh - 1 - y
 *   2. rotate:    rot 0:  u = x           v = y           w = dw  h = dh
 *                 rot 1:  u = y           v = dw - 1 - x  w = dh  h = dw
 *                 rot 2:  u = dw - 1 - x  v = dh - 1 - y  w = dw  h = dh
 *                 rot 3:  u = dh - 1 - y  v = x           w = dh  h = dw
 *   3. scale:     source pixel (u * sw / w, v * sh / h); the factors in the
 *                 command buffer are ignored, the sizes say the same exactly
 *   4. convert:   below
 *
 * The driver maps V4L2_CID_VFLIP to mirror mode 1 and V4L2_CID_HFLIP to mode 2.
 * Mode 1 starts at the right edge in the driver's own table of start corners, so
 * it is the horizontal one: with this driver VFLIP mirrors left and right, HFLIP
 * top and bottom.
 *
 * Line lengths. The line of plane 0 is SRC_VIR_INFO[14:0] * 4 and DST_VIR_INFO
 * [14:0] * 4 bytes: bytesperline rounded down to a multiple of 4. Choose widths
 * for which nothing is lost. Chroma lines are as long for NV formats, half as
 * long for planar ones.
 *
 * Components are 8 bits wide in between. An n-bit component c becomes
 *   n = 8: c    6: c << 2 | c >> 4    5: c << 3 | c >> 2    4: c * 17    1: c * 255
 * and an 8-bit component is stored as its upper n bits. The alpha of a format
 * that has none is 255; the X of XBGR8888 is an alpha like any other. With equal
 * formats all bytes of a pixel are therefore copied unchanged.
 *
 * Chroma that several pixels share is read at (sx / 2, sy / ydiv), where (sx, sy)
 * is the source pixel, and written with what belongs to the upper left pixel of
 * the group, destination pixel (2 * cx, ydiv * cy); nothing is averaged. ydiv is
 * 2 for 4:2:0, 1 for 4:2:2.
 *
 * YUV to RGB, c = Y - 16, d = U - 128, e = V - 128, >> rounding towards minus
 * infinity, results clamped to 0..255, alpha 255:
 *   BT.601:  R = (298 c + 409 e + 128) >> 8
 *            G = (298 c - 100 d - 208 e + 128) >> 8
 *            B = (298 c + 516 d + 128) >> 8
 *   BT.709:  R = (298 c + 459 e + 128) >> 8
 *            G = (298 c - 55 d - 136 e + 128) >> 8
 *            B = (298 c + 541 d + 128) >> 8
 * RGB to YUV:
 *   BT.601:  Y = ((66 R + 129 G + 25 B + 128) >> 8) + 16
 *            U = ((-38 R - 74 G + 112 B + 128) >> 8) + 128
 *            V = ((112 R - 94 G - 18 B + 128) >> 8) + 128
 *   BT.709:  Y = ((47 R + 157 G + 16 B + 128) >> 8) + 16
 *            U = ((-26 R - 86 G + 112 B + 128) >> 8) + 128
 *            V = ((112 R - 102 G - 10 B + 128) >> 8) + 128
 * and, of the RGA3 only, BT.601 with the full range of Y: c = Y,
 *            R = (256 c + 359 e + 128) >> 8
 *            G = (256 c - 88 d - 183 e + 128) >> 8
 *            B = (256 c + 454 d + 128) >> 8
 *            Y = (77 R + 150 G + 29 B + 128) >> 8
 *            U = ((-43 R - 84 G + 127 B + 128) >> 8) + 128
 *            V = ((127 R - 106 G - 21 B + 128) >> 8) + 128
 * BT.709 if the CSC mode (of the source for YUV to RGB, of the destination for
 * RGB to YUV) is 3, BT.601 else. The driver programs 3 for V4L2_COLORSPACE_REC709
 * on the YUV side. Between YUV formats Y, U and V are copied.
 *
 * Bytes of a pixel in memory, as the V4L2 formats define them:
 *   ARGB32: A R G B   ABGR32, XBGR32: B G R A   RGB24: R G B   BGR24: B G R
 *   little endian 16-bit words: ARGB444: A[15:12] R[11:8] G[7:4] B[3:0]
 *   ARGB555: A[15] R[14:10] G[9:5] B[4:0]   RGB565: R[15:11] G[10:5] B[4:0]
 *
 * A job that is to leave its data half done writes the destination rows below
 * dh / 2, and the chroma rows of these.
 *
 * Nothing outside the destination rectangle is written.
 */
#ifndef M2M_SILICON_RGA_IMAGE_H
#define M2M_SILICON_RGA_IMAGE_H

#include <linux/bits.h>
#include <linux/types.h>

struct silicon_block;
struct silicon_job;

#define RGA_WORDS	32

/* What is swapped of a pixel in memory. */
#define RGA_SWAP_RED_BLUE	BIT(0)
#define RGA_SWAP_ALPHA		BIT(1)
#define RGA_SWAP_CHROMA		BIT(2)

enum rga_csc {
	RGA_BT601,
	RGA_BT709,
	RGA_BT601_FULL,
};

/* A field of bits of a pixel in memory. */
struct rga_field {
	u8 shift;
	u8 bits;
};

struct rga_format {
	/* Of a pixel in plane 0; 0: no such format. */
	u8 bytes;
	bool yuv;
	/* Red, green, blue, alpha of RGB formats, without any swap. */
	struct rga_field field[4];
	/* YUV: U and V in one plane; lines that share chroma. */
	bool interleaved;
	u8 ydiv;
};

/* Bytes of a buffer, through the page table of the job. */
struct rga_window {
	struct silicon_block *block;
	/* The table, or where the bytes begin if there is none. */
	u64 base;
	bool paged;
	u32 page;
	u8 *memory;
	bool valid;
};

struct rga_image {
	const struct rga_format *format;
	u32 swap;
	u32 width;
	u32 height;
	u32 stride;
	u32 chroma_stride;
	/* Upper left corner, as offsets into the buffer. */
	u32 y;
	u32 u;
	u32 v;
	struct rga_window luma;
	struct rga_window chroma[2];
};

struct rga_task {
	u32 word[RGA_WORDS];
	struct rga_image source;
	struct rga_image destination;
	u32 rotate;
	u32 mirror;
	enum rga_csc csc;
};

/* rga_pixel.c: a pixel is 0xAARRGGBB or 0x00YYUUVV */
const struct rga_format *rga_format(u32 code);
u32 rga_load(struct rga_image *image, u32 x, u32 y);
void rga_store(struct rga_image *image, u32 x, u32 y, u32 pixel);
u32 rga_to_rgb(u32 yuv, enum rga_csc csc);
u32 rga_to_yuv(u32 rgb, enum rga_csc csc);

/* rga_image.c: the geometry */
void rga_open_window(struct silicon_block *block, struct rga_window *window, u32 word, bool paged);
int rga_task_read(struct silicon_block *block, struct rga_task *task);
u64 rga_task_destination(struct rga_task *task);
void rga_task_run(struct rga_task *task, const struct silicon_job *job);

u8 *rga_byte(struct rga_window *window, u32 offset, u32 *left);

#endif
