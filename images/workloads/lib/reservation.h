/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RESERVATION_H
#define M2M_RESERVATION_H

#include "fence.h"

/*
 * As what @fence stands in the reservation object of @dmabuf: "kernel", "write",
 * "read"; "unknown" if it is not there. No ioctl tells, only debugfs does; NULL:
 * there is none. The fence must be numbered.
 */
const char *reservation_usage(int dmabuf, const struct fence *fence);

#endif
