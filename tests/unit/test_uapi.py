# SPDX-License-Identifier: GPL-2.0-only
"""Each rule of what user space was promised: it holds for what real drivers did, and is seen broken
in the same history with one answer changed."""

from dataclasses import replace
from errno import EINTR, EPIPE
from typing import Any

import pytest

from rig.evidence.calls import Call
from rig.evidence.structures import BufType, Flag
from rig.judge.oracles.uapi import ORACLE
from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.rules import rules
from rig.model.claims.uapi import CLAIM as UAPI
from tests.unit.histories import (
    Change,
    Red,
    Which,
    broken,
    by_id,
    exercised,
    leaving,
    program,
    put,
    recorded,
    returning,
)
from tests.unit.test_uapi_histories import REDS as HISTORIES
from tests.unit.test_uapi_manners import REDS as MANNERS
from tests.unit.test_uapi_negotiation import REDS as NEGOTIATION
from tests.unit.test_uapi_promises import REDS as PROMISES

CANCEL, SLICES, DRAIN, MERGE = "vim2m-cancel", "visl-slices", "hantro-drain", "vim2m-merge"

# Where things are in a v4l2_buffer, and in a pollfd.
FLAGS, FIELD, STAMP, TIMECODE, SEQUENCE, MEMORY = 12, 16, 24, 40, 56, 60
LENGTH_OF_PLANE = 88 + 4
TOLD = 6
SECOND = 1_000_000_000


def named(name: str, *, output: bool | None = None, nth: int = 0) -> Which:
    """The nth call of that name that succeeded, of that queue."""
    left = [nth]

    def which(step: Step) -> bool:
        if step.name != name or not step.done or output not in (None, step.output):
            return False
        left[0] -= 1
        return left[0] < 0

    return which


def given(at: int, value: int) -> Change:
    """A call that was given another number there."""
    data = value.to_bytes(4, "little")
    return lambda step: replace(step.call, before=put(step.call.before, at, data))


def slept(told: int) -> Change:
    """A poll() that took long, and said that."""

    def change(step: Step) -> Call:
        after = put(step.call.after, TOLD, told.to_bytes(2, "little"))
        ended = step.call.began + 2 * SECOND
        return replace(step.call, after=after, ended=ended, result=int(bool(told)))

    return change


def polled(kind: str) -> Which:
    """A poll() of a file of that kind."""
    return lambda step: step.name == "poll" and step.about is not None and step.about.kind == kind


def ready(step: Step) -> bool:
    """A poll() of a video device that found a CAPTURE buffer done."""
    return polled("video")(step) and bool(step.call.after[TOLD] & 1)


def renamed(request: int, result: int) -> Change:
    """Another ioctl, with another answer."""
    return lambda step: replace(step.call, request=request, result=result, before=b"", after=b"")


# What is opened is the third descriptor, and what is dequeued is not there.
AGAIN = {"open": 3, "VIDIOC_DQBUF": -11}

REQUEST_QUEUE = 0x7C80
STREAMON, STREAMOFF = 0x40045612, 0x40045613
REINIT = "MEDIA_REQUEST_IOC_REINIT"

REDS = {
    "success-is-zero": Red(CANCEL, named("VIDIOC_STREAMON"), returning(1)),
    "public-errno": Red(CANCEL, named("VIDIOC_QBUF"), returning(-512)),
    "qbuf-of-a-held-buffer": Red(CANCEL, named("VIDIOC_QBUF", nth=1), given(0, 0)),
    "qbuf-flags": Red(CANCEL, named("VIDIOC_QBUF"), leaving(FLAGS, 0)),
    "qbuf-accepted": Red(CANCEL, named("VIDIOC_QBUF"), returning(-22)),
    "dqbuf-of-a-queued-buffer": Red(CANCEL, named("VIDIOC_DQBUF"), leaving(0, 7)),
    "dqbuf-while-off": Red(DRAIN, named("VIDIOC_STREAMON"), returning(-22), 2),
    "dqbuf-flags": Red(CANCEL, named("VIDIOC_DQBUF"), leaving(FLAGS, 0x4004)),
    "dqbuf-type": Red(CANCEL, named("VIDIOC_DQBUF"), leaving(MEMORY, 4)),
    "eagain-without-nonblock": Red(
        CANCEL,
        lambda step: step.name in ("open", "VIDIOC_DQBUF"),
        lambda step: replace(
            step.call,
            request=2 if step.name == "open" else step.call.request,
            result=AGAIN[step.name],
        ),
        99,
    ),
    "querybuf-state": Red(CANCEL, named("VIDIOC_QUERYBUF"), leaving(FLAGS, 0x4002)),
    "index-out-of-range": Red(CANCEL, named("VIDIOC_QUERYBUF"), given(0, 9)),
    "unknown-memory": Red(CANCEL, named("VIDIOC_REQBUFS"), given(8, 0)),
    "ioctl-there": Red(CANCEL, named("VIDIOC_S_FMT"), returning(-25)),
    "ioctl-stays": Red(CANCEL, named("VIDIOC_EXPBUF", nth=1), returning(-25)),
    "flush-there": Red(SLICES, named("VIDIOC_DECODER_CMD"), returning(-25)),
    "codec-commands-there": Red(DRAIN, named("VIDIOC_ENCODER_CMD"), returning(-25)),
    "sync-file-early": Red(MERGE, named("SYNC_IOC_FILE_INFO"), leaving(32, 0), 999),
    "sync-file-lost": Red(MERGE, polled("sync_file"), slept(0), 999),
    "sync-file-constant": Red(MERGE, named("SYNC_IOC_FILE_INFO"), leaving(40, 9)),
    "pixels": Red(CANCEL, named("pixels"), given(8, 1)),
    "request-queued-twice": Red(SLICES, named(REINIT), renamed(REQUEST_QUEUE, 0)),
    "request-without-buffer": Red(
        SLICES,
        lambda step: step.request is not None,
        lambda step: replace(step.call, result=-22),
        99,
    ),
    "request-reinit": Red(SLICES, named(REINIT), returning(-16)),
    "request-reinit-errno": Red(SLICES, named(REINIT), returning(-22)),
    "request-completes": Red(SLICES, polled("request"), slept(0)),
    "timestamp-copied": Red(CANCEL, named("VIDIOC_DQBUF", output=False), leaving(STAMP, 0, 16)),
    "timecode-copied": Red(CANCEL, named("VIDIOC_DQBUF", output=False), leaving(TIMECODE, 0, 16)),
    "field-any": Red(CANCEL, named("VIDIOC_DQBUF", output=False), leaving(FIELD, 0)),
    "payload-fits": Red(DRAIN, named("VIDIOC_DQBUF"), leaving(LENGTH_OF_PLANE, 1)),
    "payload-set": Red(CANCEL, named("VIDIOC_DQBUF", output=False), leaving(8, 0)),
    "sequence-counts": Red(
        SLICES, named("VIDIOC_DQBUF", output=False, nth=1), leaving(SEQUENCE, 0)
    ),
    "sequence-without-gap": Red(
        SLICES, named("VIDIOC_DQBUF", output=True, nth=1), leaving(SEQUENCE, 99)
    ),
    "epipe-after-last": Red(DRAIN, lambda step: step.error == EPIPE, returning(-11)),
    "last-is-empty": Red(
        DRAIN,
        lambda step: bool(step.got and step.got.flags & Flag.LAST and step.done),
        leaving(88, 100),
        9,
    ),
    "poll-spurious": Red(
        CANCEL,
        lambda step: step.name == "VIDIOC_DQBUF" and not step.output,
        returning(-11),
    ),
    "poll-lost": Red(CANCEL, ready, slept(0)),
    "poll-error-while-off": Red(CANCEL, named("VIDIOC_STREAMON"), returning(-22), 99),
    "poll-error-while-on": Red(CANCEL, polled("video"), leaving(TOLD, 8, 2)),
    "buffer-comes-back": Red(CANCEL, ready, slept(0)),
    "flush-gives-back": Red(SLICES, polled("video"), slept(0), 99),
    "dqbuf-does-not-block": Red(
        CANCEL,
        named("VIDIOC_DQBUF"),
        lambda step: replace(step.call, ended=step.call.began + 2 * SECOND),
    ),
}

# None of the histories does what they are about.
UNSEEN = {
    *("index-out-of-range", "unknown-memory", "request-queued-twice", "request-without-buffer"),
    "sync-file-lost",
    *("eagain-without-nonblock", "poll-lost", "poll-error-while-off", "dqbuf-while-off"),
}

# Kept by all drivers but the one of the history.
DIFFER = {"sequence-without-gap"}


def test_every_rule_is_seen_broken_here() -> None:
    assert {rule.id for rule in rules()} == {*REDS, *HISTORIES, *MANNERS, *NEGOTIATION, *PROMISES}


@pytest.mark.parametrize("id", REDS)
def test_it_holds_for_what_was_recorded(id: str) -> None:
    log = recorded(REDS[id].history)
    assert bool(exercised(by_id(id), log)) == (id not in UNSEEN)
    assert bool(broken(by_id(id), log)) == (id in DIFFER)


@pytest.mark.parametrize("id", REDS)
def test_it_is_seen_broken(id: str) -> None:
    rule, red = by_id(id), REDS[id]
    assert len(broken(rule, red.log)) > len(broken(rule, recorded(red.history)))


def test_rules_have_ids_and_sources_of_their_own() -> None:
    ids = [rule.id for rule in rules()]
    assert len(set(ids)) == len(ids)
    for rule in rules():
        assert rule.what.endswith("."), rule.id
        assert rule.source, rule.id


def test_only_what_is_documented_can_be_broken() -> None:
    for rule in rules():
        assert (rule.kind in ORACLE.kinds) == (rule.grade == "documented"), rule.id
        assert rule.kind.effect(UAPI) == ("DIRTY" if rule.grade == "documented" else None)


def test_a_call_of_another_thread_leaves_the_state_of_a_queue_open() -> None:
    """Two calls that overlap may have come in either order."""
    log = recorded(CANCEL)
    calls = tuple(replace(call, begin=call.begin * 10, end=call.end * 10) for call in log.calls)
    asked = next(step.call for step in program(replace(log, calls=calls)).steps if ready(step))
    own = next(one for one in calls if one.name == "ioctl" and one.request == STREAMOFF)
    rule = by_id("poll-error-while-on")

    def asked_with(other: Call) -> bool:
        every = sorted((*calls, other), key=lambda call: call.begin)
        steps = program(replace(log, calls=tuple(every))).steps
        return asked.begin in {seen.step.call.begin for seen in rule.look(Program("", log, steps))}

    during = replace(own, begin=asked.begin + 1, end=asked.begin + 2, thread=own.thread + 1)
    assert not asked_with(during)
    assert asked_with(replace(during, begin=calls[-1].end + 1, end=calls[-1].end + 2))


def test_a_call_that_a_signal_interrupted_has_changed_nothing() -> None:
    """Both queues are to be stopped, and are not: what was fed before is there still."""
    log = recorded(DRAIN)
    rule = by_id("timestamp-copied")
    fed = [s.call for s in program(log).steps if s.name == "VIDIOC_QBUF" and s.output and s.done][1]
    own = next(one for one in log.calls if one.name == "ioctl" and one.request == STREAMOFF)
    calls = [replace(call, begin=call.begin * 10, end=call.end * 10) for call in log.calls]
    for number, queue in ((1, BufType.OUTPUT_MPLANE), (4, BufType.CAPTURE_MPLANE)):
        begin, data = fed.end * 10 + number, queue.to_bytes(4, "little")
        stop = replace(own, fd=fed.fd, thread=fed.thread, begin=begin, end=begin + 1)
        calls.append(replace(stop, result=-EINTR, before=data, after=data))
    calls.sort(key=lambda call: call.begin)
    assert broken(rule, log) == broken(rule, replace(log, calls=tuple(calls))) == []
    assert exercised(rule, replace(log, calls=tuple(calls))) == exercised(rule, log) == 7


def test_who_asks_again_and_again_waits_all_the_time() -> None:
    """No single poll() takes long, and between two of them two seconds pass."""
    log = recorded(CANCEL)
    rule = by_id("buffer-comes-back")
    steps = program(log).steps
    early = next(step.call for step in steps if polled("video")(step) and not step.call.result)

    def later(call: Call) -> Call:
        past = call.begin >= early.begin
        moved = replace(call, began=call.began + 2 * SECOND, ended=call.ended + 2 * SECOND)
        return moved if past else call

    assert broken(rule, log) == []
    [said] = broken(rule, replace(log, calls=tuple(map(later, log.calls))))[:1]
    assert f"(call {early.begin}): no buffer came back within 2" in said


def test_a_buffer_that_was_queued_while_its_queue_was_off_is_not_forgotten() -> None:
    """OUTPUT stops, is given a buffer, CAPTURE stops, both go on: the buffer is still there."""
    log = recorded(CANCEL)
    rule = by_id("timestamp-copied")
    steps = program(log).steps
    fed = next(step.call for step in steps if step.name == "VIDIOC_QBUF" and step.output)
    stopped = next(step.call for step in steps if step.name == "VIDIOC_STREAMOFF")
    came = next(
        step.call for step in steps if step.name == "VIDIOC_DQBUF" and not step.output and step.done
    )
    numbered: dict[str, Any] = {"process": fed.process, "thread": fed.thread, "fd": fed.fd}

    def once(call: Call, number: int) -> Call:
        return replace(call, begin=number, end=number + 1, **numbered)

    def told(number: int, request: int, kind: int) -> Call:
        before = kind.to_bytes(4, "little")
        return replace(once(stopped, number), request=request, before=before)

    stamp = came.after[STAMP : STAMP + 16]
    given_it = replace(once(fed, 5), before=put(fed.before, STAMP, stamp))
    calls = (
        *(told(3, STREAMOFF, 2), given_it, told(7, STREAMOFF, 1)),
        *(told(9, STREAMON, 1), told(11, STREAMON, 2), once(came, 13)),
    )
    good = replace(log, calls=calls)
    assert exercised(rule, good) == 1
    assert broken(rule, good) == []
