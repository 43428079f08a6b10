// SPDX-License-Identifier: GPL-2.0-only
#include <linux/videodev2.h>

#include "group.h"

static unsigned int least(unsigned int one, unsigned int other)
{
	return one < other ? one : other;
}

struct group_picture group_picture(__u32 coded, unsigned int length, unsigned int frame)
{
	const int newest_first[GROUP_REFERENCES] = {
		(int)frame - 1, (int)frame - GROUP_AGE, GROUP_LOST,
	};
	struct group_picture picture = { 0 };
	unsigned int i;

	if (length)
		picture.references = least(frame % length, GROUP_REFERENCES);
	for (i = 0; i < picture.references; i++)
		picture.reference[i] = newest_first[i];
	if (coded == V4L2_PIX_FMT_MPEG2_SLICE && picture.references > 1) {
		picture.reference[0] = newest_first[picture.references - 1];
		picture.reference[1] = newest_first[0];
		picture.references = 2;
	}
	return picture;
}
