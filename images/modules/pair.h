/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_PAIR_H
#define M2M_RIG_PAIR_H

/* Take both locks, one inside the other, and let them go. */
void m2m_pair_take_ab(void);
void m2m_pair_take_ba(void);

#endif
