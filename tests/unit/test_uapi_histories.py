# SPDX-License-Identifier: GPL-2.0-only
"""The rules about what drawn histories ask besides: each holds for what real drivers answered, and
is seen broken in the same history with one answer changed.  What a descriptor stands for is known
of children and messages, too."""

from dataclasses import replace

import pytest

from rig.evidence.calls import Call, CallLog
from rig.judge.oracles.uapi.judged import fails, promised
from rig.judge.oracles.uapi.program import Step
from tests.unit.histories import (
    Red,
    broken,
    by_id,
    changed,
    exercised,
    leaving,
    nth,
    program,
    recorded,
    returning,
)

EVENTS, REQUESTS = "vim2m-events", "visl-requests"

# Where things are: in a v4l2_buffer, a v4l2_event and a v4l2_exportbuffer.
FLAGS, TYPE, SEQUENCE = 12, 0, 76
SECOND = 1_000_000_000


def waiting(step: Step) -> bool:
    """VIDIOC_DQBUF that waited for a CAPTURE buffer while a job ran."""
    return step.name == "VIDIOC_DQBUF" and step.done and not step.output


def longer(step: Step) -> Call:
    return replace(step.call, ended=step.call.ended + 5 * SECOND)


def sealed(step: Step) -> bool:
    return step.name == "VIDIOC_QBUF" and bool(step.error) and step.request is not None


def mixed(step: Step) -> bool:
    return step.name == "VIDIOC_QBUF" and bool(step.error) and step.request is None


REDS = {
    "prepare-of-a-held-buffer": Red(
        EVENTS, nth("VIDIOC_PREPARE_BUF", done=False), returning(0)
    ),
    "prepared-flag": Red(EVENTS, nth("VIDIOC_PREPARE_BUF", done=True), leaving(FLAGS, 0)),
    "remove-of-held-buffers": Red(
        REQUESTS, nth("VIDIOC_REMOVE_BUFS", done=False), returning(0)
    ),
    "remove-of-nothing": Red(REQUESTS, nth("VIDIOC_REMOVE_BUFS", done=True), returning(-22)),
    "export-flags": Red(EVENTS, nth("VIDIOC_EXPBUF", done=False), returning(0)),
    "event-subscribed": Red(EVENTS, nth("VIDIOC_DQEVENT"), leaving(TYPE, 2)),
    "event-sequence-counts": Red(EVENTS, nth("VIDIOC_DQEVENT", 1), leaving(SEQUENCE, 0)),
    "event-initial": Red(EVENTS, nth("VIDIOC_DQEVENT"), returning(-2)),
    "request-serves": Red("visl-prompt", waiting, returning(-11)),
    "request-sealed": Red(REQUESTS, sealed, returning(0)),
    "request-values-later": Red(REQUESTS, nth("VIDIOC_G_EXT_CTRLS"), returning(0)),
    "requests-not-mixed": Red(REQUESTS, mixed, returning(0)),
    "dqbuf-wakes": Red(
        EVENTS, lambda step: step.name == "VIDIOC_DQBUF" and step.contended, longer
    ),
    "dqbuf-returns": Red(EVENTS, waiting, longer),
}  # fmt: skip


@pytest.mark.parametrize("id", REDS)
def test_it_holds_for_what_was_recorded(id: str) -> None:
    log = recorded(REDS[id].history)
    assert exercised(by_id(id), log)
    assert broken(by_id(id), log) == []


@pytest.mark.parametrize("id", REDS)
def test_it_is_seen_broken(id: str) -> None:
    assert broken(by_id(id), REDS[id].log)


# -- what a descriptor stands for


def steps(name: str, log: CallLog) -> list[Step]:
    return [step for step in program(log).steps if step.name == name]


def asked_by_a_child(log: CallLog) -> list[Step]:
    parent = log.calls[0].process
    return [each for each in steps("VIDIOC_QUERYBUF", log) if each.call.process != parent]


def test_a_child_has_what_its_parent_had() -> None:
    log = recorded(EVENTS)
    [asked] = asked_by_a_child(log)
    [mode] = steps("mode", log)
    assert asked.about == mode.about
    orphan = replace(log, calls=tuple(each for each in log.calls if each.name != "receive"))
    [asked] = asked_by_a_child(orphan)
    assert asked.about != mode.about


def test_a_file_that_is_turned_promises_neither() -> None:
    log = recorded(EVENTS)
    again = changed(log, nth("VIDIOC_DQBUF", 3), returning(-11))
    rule = by_id("eagain-without-nonblock")
    assert broken(rule, again) == []
    never = replace(again, calls=tuple(each for each in again.calls if each.name != "mode"))
    assert broken(rule, never)


def test_buffers_that_were_removed_are_not_there() -> None:
    """Or the model would promise a program what it has given away."""
    log = recorded(REQUESTS)
    rule = by_id("index-out-of-range")
    [gone] = [each for each in steps("VIDIOC_QUERYBUF", log) if each.error]
    assert gone.known
    assert gone.known.of(2) is None
    there = changed(log, lambda step: step.call.begin == gone.call.begin, returning(0))
    assert broken(rule, there)


def test_a_program_says_that_its_allocations_failed() -> None:
    assert fails(recorded(EVENTS))
    assert not fails(recorded(REQUESTS))


def test_nothing_is_promised_once_a_device_goes() -> None:
    """Of no program of the case; what had not come back by then may have met anything."""
    log = recorded(EVENTS)
    assert promised({"it": log}) == {"it": log}
    open_call = next(each for each in log.calls if each.ended > each.began)
    gone = replace(open_call, name="gone", began=open_call.began + 1, ended=open_call.ended + 1)
    left = promised({"it": log, "other": replace(log, calls=(gone,))})
    assert [each.began for each in left["it"].calls] == [
        each.began for each in log.calls if each.began <= open_call.began
    ]
    assert [each.returned for each in left["it"].calls if each.began == open_call.began] == [False]
    assert not left["other"].calls
