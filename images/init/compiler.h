/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef M2M_RIG_COMPILER_H
#define M2M_RIG_COMPILER_H

#define __printf(a, b)		__attribute__((format(printf, a, b)))
#define __noreturn		__attribute__((noreturn))
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#endif
