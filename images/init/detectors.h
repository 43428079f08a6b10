/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_DETECTORS_H
#define M2M_RIG_DETECTORS_H

/* Before any module of the plan's is loaded: what is to see how they begin. */
void detectors_watch(void);

/*
 * What a kernel is made to report that has more detectors than lockdep, each if
 * it is there. What cannot be done is told in the results, and is missing in the log.
 */
void detectors_sing(void);

#endif
