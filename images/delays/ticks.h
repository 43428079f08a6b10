/* SPDX-License-Identifier: GPL-2.0-only */
/* The only clock that may be read with any lock held. */
#ifndef M2M_DELAYS_TICKS_H
#define M2M_DELAYS_TICKS_H

#include <linux/math64.h>
#include <linux/time64.h>
#include <linux/timex.h>
#include <asm/arch_timer.h>

static inline u64 ticks_of(u32 microseconds)
{
	return div_u64((u64)microseconds * arch_timer_get_cntfrq(), USEC_PER_SEC);
}

#endif
