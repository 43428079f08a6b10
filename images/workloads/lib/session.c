// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "observe.h"
#include "session.h"

/* Long enough to shift the order of things on two CPUs, short against any job. */
#define PAUSE_MAX	(200 * NSEC_PER_USEC)

static void ask_export(struct session *session, const struct consumer_subject *subject,
		       enum consumer_state state)
{
	unsigned int api[CONSUMER_PROBES];
	struct consumer_probe *probe;
	unsigned int i;

	for (i = 0; i < CONSUMER_PROBES; i++)
		api[i] = i;
	random_shuffle(&session->random, api, CONSUMER_PROBES);
	for (i = 0; i < CONSUMER_PROBES && session->probes < SESSION_PROBES_MAX; i++) {
		probe = &session->probe[session->probes++];
		consumer_ask(probe, subject, api[i]);
		probe->state = state;
		if (consumer_saw_fence(probe))
			probe->id = ++session->fences;
		session->errors += !!probe->error;
	}
}

void session_ask(struct session *session, const struct m2m_queue *queue, unsigned int buffer,
		 enum consumer_state state)
{
	const struct m2m_buffer *asked = &queue->buffer[buffer];
	struct consumer_subject subject;
	unsigned int plane, export;

	clock_sleep(random_below(&session->random, PAUSE_MAX));
	for (plane = 0; plane < asked->planes; plane++) {
		for (export = 0; export < asked->plane[plane].exports; export++) {
			consumer_subject(&subject, session->m2m, queue, buffer, plane, export);
			ask_export(session, &subject, state);
		}
	}
}

static void ask_reader(struct session *session, const struct consumer_subject *subject)
{
	static const enum consumer_api apis[] = { CONSUMER_EXPORT_READ, CONSUMER_POLL };
	struct consumer_probe *probe;
	unsigned int i;

	for (i = 0; i < 2 && session->probes < SESSION_PROBES_MAX; i++) {
		probe = &session->probe[session->probes++];
		consumer_ask(probe, subject, apis[i]);
		session->errors += !!probe->error;
	}
}

void session_ask_source(struct session *session, const struct m2m_queue *queue,
			unsigned int buffer)
{
	const struct m2m_buffer *asked = &queue->buffer[buffer];
	struct consumer_subject subject;
	unsigned int plane;

	for (plane = 0; plane < asked->planes; plane++) {
		if (!asked->plane[plane].exports)
			continue;
		consumer_subject(&subject, session->m2m, queue, buffer, plane, 0);
		subject.source = true;
		ask_reader(session, &subject);
	}
}

void session_label(struct session *session, unsigned int buffer, __s64 since, __s64 until,
		   enum consumer_state state)
{
	struct consumer_probe *probe;
	unsigned int i;

	for (i = 0; i < session->probes; i++) {
		probe = &session->probe[i];
		if (probe->subject.buffer == buffer && probe->begin >= since && probe->end <= until)
			probe->state = state;
	}
}

static bool covers(const struct session *session, unsigned int buffer, unsigned int plane,
		   unsigned int export, enum consumer_state state)
{
	const struct consumer_probe *probe;
	unsigned int i;

	for (i = 0; i < session->probes; i++) {
		probe = &session->probe[i];
		if (probe->state == state && !probe->subject.source &&
		    probe->subject.buffer == buffer &&
		    probe->subject.plane == plane && probe->subject.export == export)
			return true;
	}
	return false;
}

unsigned int session_covered(const struct session *session, const struct m2m_queue *queue,
			     unsigned int buffer, enum consumer_state state)
{
	const struct m2m_buffer *asked = &queue->buffer[buffer];
	unsigned int plane, export, covered = 0;

	for (plane = 0; plane < asked->planes; plane++) {
		for (export = 0; export < asked->plane[plane].exports; export++)
			covered += covers(session, buffer, plane, export, state);
	}
	return covered;
}

void session_ask_again(struct session *session, unsigned int buffer, const struct m2m_done *done)
{
	struct consumer_probe *probe;
	unsigned int i;

	for (i = 0; i < session->probes; i++) {
		probe = &session->probe[i];
		if (probe->subject.buffer != buffer || !probe->id)
			continue;
		consumer_ask_again(probe);
		probe->dequeued = done;
		probe->failed = done && done->flags & V4L2_BUF_FLAG_ERROR;
	}
}

static bool waits_for_others(const struct consumer_subject *subject)
{
	return subject->foreign && !strcmp(subject->foreign, "pending");
}

int session_pending(const struct session *session, unsigned int buffer)
{
	const struct consumer_probe *probe;
	unsigned int i;

	for (i = 0; i < session->probes; i++) {
		probe = &session->probe[i];
		if (probe->subject.buffer == buffer && probe->id && !probe->fence.status &&
		    probe->fence.count == 1 && !waits_for_others(&probe->subject))
			return probe->sync_file;
	}
	return -1;
}

void session_look(const struct session *session, unsigned int buffer, const char *when)
{
	struct consumer_probe probe;
	unsigned int i;

	for (i = 0; i < session->probes; i++) {
		probe = session->probe[i];
		if (probe.subject.buffer != buffer || !probe.id || probe.fence.status)
			continue;
		consumer_ask_again(&probe);
		consumer_print_again(&probe, when);
		return;
	}
}

static void print_use(const struct consumer_probe *probe, const char *when, const char *use,
		      int status)
{
	struct observation seen;

	observe_begin(&seen, "fence");
	consumer_add_instance(&seen, &probe->subject);
	observe_number(&seen, "id", probe->id);
	observe_word(&seen, "when", when);
	observe_word(&seen, "use", use);
	if (status < 0)
		observe_number(&seen, "errno", -status);
	else
		observe_number(&seen, "status", status);
	observe_number(&seen, "time", clock_now());
	observe_end(&seen);
}

/* The status of both fences together: 1 signaled, well or not, 0 pending, or a negative errno. */
static int merged_status(int sync_file, int other)
{
	struct fence fence;
	int merged, ret;

	merged = fence_merge(sync_file, other);
	if (merged < 0)
		return merged;
	ret = fence_read(merged, &fence);
	close(merged);
	return ret ? ret : !!fence.status;
}

static void use_again(const struct consumer_probe *probe, const struct consumer_probe *other,
		      const char *when)
{
	struct fence fence;
	int ret;

	ret = fence_read(probe->sync_file, &fence);
	print_use(probe, when, "info", ret ? ret : !!fence.status);
	print_use(probe, when, "poll", fence_wait(probe->sync_file, 0));
	if (other)
		print_use(probe, when, "merge", merged_status(probe->sync_file, other->sync_file));
}

void session_use_again(struct session *session, const char *when)
{
	const struct consumer_probe *other = NULL;
	unsigned int i;

	for (i = 0; i < session->probes; i++) {
		if (!session->probe[i].id)
			continue;
		use_again(&session->probe[i], other, when);
		other = &session->probe[i];
	}
}

bool session_told_of_failure(const struct session *session)
{
	struct fence fence;
	unsigned int i;

	for (i = 0; i < session->probes; i++) {
		if (session->probe[i].id && session->probe[i].state == CONSUMER_ACTIVE)
			return !fence_read(session->probe[i].sync_file, &fence) && fence.status < 0;
	}
	return false;
}

int session_hold(const struct session *session, bool or_stub)
{
	const struct consumer_probe *probe;
	unsigned int i;

	for (i = 0; i < session->probes; i++) {
		probe = &session->probe[i];
		if (or_stub ? probe->sync_file >= 0 : probe->id)
			return dup(probe->sync_file);
	}
	return -1;
}

void session_flush(struct session *session, const char *when)
{
	unsigned int i;

	for (i = 0; i < session->probes; i++) {
		consumer_print(&session->probe[i], when);
		consumer_forget(&session->probe[i]);
	}
	session->probes = 0;
}

void session_print_dqbuf(const struct session *session, const struct m2m_queue *queue,
			 const struct m2m_done *done)
{
	struct observation seen;

	observe_begin(&seen, "dqbuf");
	observe_word(&seen, "driver", session->m2m->driver);
	observe_word(&seen, "queue", queue->name);
	observe_number(&seen, "buffer", done->index);
	observe_number(&seen, "sequence", queue->buffer[done->index].queued - 1);
	observe_number(&seen, "frame", done->sequence);
	observe_number(&seen, "time", done->time);
	observe_number(&seen, "error-flag", !!(done->flags & V4L2_BUF_FLAG_ERROR));
	observe_end(&seen);
}
