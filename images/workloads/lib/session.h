/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Probes of one frame: taken while the job runs, labelled and printed after
 * DQBUF, when it is known what the job was doing at the time.
 */
#ifndef M2M_SESSION_H
#define M2M_SESSION_H

#include <stdbool.h>
#include <linux/types.h>

#include "consumer.h"
#include "m2m.h"
#include "random.h"

#define SESSION_PROBES_MAX	512

struct session {
	const struct m2m *m2m;
	struct random random;
	struct consumer_probe probe[SESSION_PROBES_MAX];
	unsigned int probes;
	/* Sync_files are numbered over the whole session, from 1. */
	unsigned int fences;
	/* Probes that failed. */
	unsigned int errors;
};

/* Ask every export of every plane of @buffer by every API, in an order by chance. */
void session_ask(struct session *session, const struct m2m_queue *queue, unsigned int buffer,
		 enum consumer_state state);

/*
 * Ask whether a reader of @buffer, which the device only reads, must wait. Only
 * planes that were exported are asked about, and no fence is kept.
 */
void session_ask_source(struct session *session, const struct m2m_queue *queue,
			unsigned int buffer);

/* Probes of @buffer that were asked and answered from @since until @until are in @state. */
void session_label(struct session *session, unsigned int buffer, __s64 since, __s64 until,
		   enum consumer_state state);

/* How many exports of planes of @buffer have at least one probe in @state. */
unsigned int session_covered(const struct session *session, const struct m2m_queue *queue,
			     unsigned int buffer, enum consumer_state state);

/*
 * Look once more at the fences that probes of @buffer exported; @done is what
 * the buffer came back with, or NULL if it did not.
 */
void session_ask_again(struct session *session, unsigned int buffer, const struct m2m_done *done);

/* The sync_file of the first probe that saw @buffer's own fence pending, and no other; or -1. */
int session_pending(const struct session *session, unsigned int buffer);

/*
 * Look at the first fence that a probe of @buffer saw pending, and print what became
 * of it by the moment that @when names; session_ask_again() is not concerned.
 */
void session_look(const struct session *session, unsigned int buffer, const char *when);

/* Ask, after everything, whether the fences that probes exported can still be used. */
void session_use_again(struct session *session, const char *when);

/*
 * The fence of the job that probes found in flight says by now that it failed:
 * then there is no picture to be looked for.
 */
bool session_told_of_failure(const struct session *session);

/*
 * A sync_file, which is the caller's, of the first probe that saw a fence; with
 * @or_stub, of the first that got a sync_file at all. -1: there is none.
 */
int session_hold(const struct session *session, bool or_stub);

/* Print and forget all probes; @when names the moment of session_ask_again(). */
void session_flush(struct session *session, const char *when);

/* Print that a buffer came back. */
void session_print_dqbuf(const struct session *session, const struct m2m_queue *queue,
			 const struct m2m_done *done);

/*
 * Of four frames one may pass unseen: a virtual CPU can be away for longer than
 * a job takes, and nobody in the guest is to blame for that.
 */
static inline bool session_enough(unsigned int uncertain, unsigned int frames)
{
	return uncertain * 4 <= frames;
}

#endif
