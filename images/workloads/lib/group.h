/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which pictures a picture is made of, in a stream whose every so many-th picture
 * stands for itself. The one after it is made of the picture before, the next of two
 * before, the rest as well, but have lost one more. No picture is made of one that is
 * older than GROUP_AGE.
 */
#ifndef M2M_GROUP_H
#define M2M_GROUP_H

#include <linux/types.h>

#define GROUP_REFERENCES	3
#define GROUP_AGE		2
/* In place of a number: the picture is lost. */
#define GROUP_LOST		(-1)

struct group_picture {
	unsigned int references;
	/*
	 * Numbers of pictures, in the order in which the hardware takes them: for H.264,
	 * V4L2_PIX_FMT_H264_SLICE, the last first; for MPEG-2 the one to predict from
	 * forwards, then backwards, of which there are no more.
	 */
	int reference[GROUP_REFERENCES];
};

/* Picture @frame of a stream with groups of @length; 0: every picture stands for itself. */
struct group_picture group_picture(__u32 coded, unsigned int length, unsigned int frame);

#endif
