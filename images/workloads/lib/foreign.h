/* SPDX-License-Identifier: GPL-2.0-only */
/* Fences of somebody else, signaled when the program says so (sw_sync). */
#ifndef M2M_FOREIGN_H
#define M2M_FOREIGN_H

/* A timeline on which fences stand in a row, each one step from the last. */
struct foreign {
	int timeline;
	unsigned int fences;
	unsigned int signaled;
};

/* Functions that return int give a negative errno, or what is said here. */
int foreign_open(struct foreign *foreign);

/* A sync_file of the next fence. */
int foreign_fence(struct foreign *foreign);

/* 0: the next fence is in the reservation of @dmabuf, as that of somebody who writes. */
int foreign_attach(struct foreign *foreign, int dmabuf);

/* The same, as that of somebody who does what @flags say (DMA_BUF_SYNC_*). */
int foreign_attach_as(struct foreign *foreign, int dmabuf, __u32 flags);

/* 0: the first @steps fences that are pending have signaled. */
int foreign_step(struct foreign *foreign, __u32 steps);

/* 0: all fences have signaled. */
int foreign_signal(struct foreign *foreign);

/* Signals what is pending, too, with an error. */
void foreign_close(struct foreign *foreign);

#endif
