/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_PAYLOAD_H
#define M2M_RIG_PAYLOAD_H

/* Have memory for them at hand. */
void payload_prepare(void);

/* Unpack the files that came with the plan into the root directory, or die. */
void payload_unpack(void);

#endif
