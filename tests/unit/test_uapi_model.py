# SPDX-License-Identifier: GPL-2.0-only
"""What is known of queues while calls of several threads meet, and how much is not."""

import struct
from dataclasses import replace
from errno import EINVAL, ENOMEM

from rig.evidence.calls import Call, CallLog
from rig.evidence.descriptors import Thing
from rig.evidence.structures import Flag, Memory, read_buffer
from rig.judge.oracles.uapi.model import is_unsure, with_states
from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.queues import QueueState
from rig.judge.oracles.uapi.rules import rules

FILE = Thing("video", 1)
CAPTURE = 1

# V4L2_BUF_CAP_SUPPORTS_MMAP
MMAP_ONLY = 1


def call(begin: int, end: int, thread: int, result: int = 0, data: bytes = b"") -> Call:
    return Call("ioctl", 3, begin, end, 1, thread, begin, end, 0, result, data, data)


def step(
    name: str, begin: int, end: int, *, thread: int = 1, result: int = 0, index: int = 0
) -> Step:
    """A call on the CAPTURE queue."""
    raw = struct.pack("<2I", index, CAPTURE).ljust(88, b"\0")
    buffer = read_buffer(raw) if "BUF" in name else None
    made = call(begin, end, thread, result, raw)
    return Step(made, name, FILE, None if name == "poll" else CAPTURE, buffer, buffer)


def reqbufs(
    begin: int, count: int, memory: int = Memory.MMAP, *, result: int = 0, thread: int = 1
) -> Step:
    data = struct.pack("<5I", count, CAPTURE, memory, MMAP_ONLY, 0)
    made = call(begin, begin + 1, thread, result, data)
    return Step(made, "VIDIOC_REQBUFS", FILE, CAPTURE)


def met(*steps: Step) -> list[Step]:
    """The same with what they met."""
    return list(with_states(sorted(steps, key=lambda one: one.call.begin)))


def last_state(*steps: Step) -> QueueState | None:
    return met(*steps, step("VIDIOC_QUERYBUF", 1000, 1001))[-1].state


def test_who_only_asks_disturbs_nobody() -> None:
    stop, asked = met(step("VIDIOC_STREAMOFF", 10, 13), step("poll", 11, 12, thread=2))
    assert not stop.contended
    assert asked.contended
    queried, taken = met(step("VIDIOC_QUERYBUF", 10, 13), step("VIDIOC_DQBUF", 11, 12, thread=2))
    assert queried.contended
    assert not taken.contended


def test_who_failed_has_changed_nothing() -> None:
    stop, waited = met(
        step("VIDIOC_STREAMOFF", 11, 12),
        step("VIDIOC_DQBUF", 10, 13, thread=2, result=-EINVAL),
    )[::-1]
    assert stop.contended is False
    assert waited.contended
    other, _ = met(step("VIDIOC_STREAMOFF", 10, 13), step("VIDIOC_DQBUF", 11, 12, thread=2))
    assert other.contended


def test_what_never_returned_may_have_changed_anything() -> None:
    stop, _ = met(step("VIDIOC_STREAMOFF", 10, 13), step("VIDIOC_QBUF", 11, 0, thread=2))
    assert stop.contended


def test_a_queue_without_buffers_has_none_to_lose() -> None:
    assert last_state(reqbufs(1, 2, result=-ENOMEM)) == QueueState()
    found = last_state(reqbufs(1, 2), reqbufs(3, 3, result=-ENOMEM))
    assert found
    assert found.buffers is None


def test_a_queue_keeps_its_buffers_where_it_cannot_have_any() -> None:
    """It is asked for what it has said that it cannot have."""
    found = last_state(reqbufs(1, 2), reqbufs(3, 3, Memory.USERPTR, result=-EINVAL))
    assert found
    assert found.buffers == {0: "dequeued", 1: "dequeued"}
    unclear = last_state(reqbufs(1, 2), reqbufs(3, 3, Memory.MMAP, result=-EINVAL))
    assert unclear
    assert unclear.buffers is None


def test_what_nobody_knows_is_counted() -> None:
    steps = met(
        reqbufs(1, 2),
        step("VIDIOC_QBUF", 3, 4),
        # Either may come first: what never returned may do so at any time.
        step("VIDIOC_QBUF", 5, 8, index=1),
        step("VIDIOC_DQBUF", 6, 0, thread=2, index=1),
        step("VIDIOC_QUERYBUF", 9, 10),
        step("VIDIOC_QUERYBUF", 11, 12, index=1),
        step("VIDIOC_G_FMT", 13, 14),
    )
    assert [is_unsure(one) for one in steps] == [False, False, True, True, False, True, None]


def test_an_answer_tells_which_call_came_first() -> None:
    """What came back from the queue was in it, and what was put there came back before."""
    steps = met(
        reqbufs(1, 2),
        step("VIDIOC_STREAMON", 3, 4),
        step("VIDIOC_QBUF", 5, 8, index=1),
        step("VIDIOC_DQBUF", 6, 7, thread=2, index=1),
        step("VIDIOC_QUERYBUF", 9, 10, index=1),
    )
    assert [one.contended for one in steps] == [False, False, True, True, False]
    assert [one.known.of(1) if one.known else None for one in steps[3:]] == [None, "dequeued"]
    assert [[state.of(1) for state in one.states] for one in steps[2:]] == [
        ["dequeued"],
        ["queued"],
        ["dequeued"],
    ]
    assert not any(is_unsure(one) for one in steps)


def test_where_no_answer_tells_there_are_several_states() -> None:
    stop = step("VIDIOC_STREAMOFF", 5, 8)
    put = step("VIDIOC_QBUF", 6, 7, thread=2)
    asked = step("VIDIOC_QUERYBUF", 9, 10)
    steps = met(reqbufs(1, 1), step("VIDIOC_STREAMON", 3, 4), stop, put, asked)
    assert {state.of(0) for state in steps[-1].states} == {"queued", "dequeued"}
    assert steps[-1].known == QueueState(Memory.MMAP, {0: "unknown"}, False)
    # It took the buffer while the queue did stream, or did not any more.
    assert {state.streaming for state in steps[-2].states} == {True, False}
    assert not is_unsure(steps[-1])


def test_what_is_asked_rules_states_out() -> None:
    """The second call says that the buffer is the driver's."""
    stop = step("VIDIOC_STREAMOFF", 5, 8)
    put = step("VIDIOC_QBUF", 6, 7, thread=2)
    queued = read_buffer(struct.pack("<4I", 0, CAPTURE, 0, Flag.QUEUED).ljust(88, b"\0"))
    asked = replace(step("VIDIOC_QUERYBUF", 9, 10), got=queued)
    again = step("VIDIOC_DQBUF", 11, 12, result=-EINVAL)
    steps = met(reqbufs(1, 1), step("VIDIOC_STREAMON", 3, 4), stop, put, asked, again)
    assert [state.of(0) for state in steps[-1].states] == ["queued"]


def test_more_orders_than_anybody_counts_are_not_judged() -> None:
    begun = [step("VIDIOC_QBUF", 10 + at, 40 + at, thread=at, index=at) for at in range(8)]
    held = [step("VIDIOC_STREAMOFF", 30, 60, thread=9)]
    last = step("VIDIOC_QUERYBUF", 70, 71)
    steps = met(reqbufs(1, 8), step("VIDIOC_STREAMON", 3, 4), *begun, *held, last)
    assert is_unsure(steps[-1])
    assert steps[-1].known
    assert steps[-1].known.buffers is None


def test_an_answer_that_no_order_explains_is_judged() -> None:
    """Two threads took one buffer out, that had been put in once."""
    steps = met(
        reqbufs(1, 1),
        step("VIDIOC_STREAMON", 3, 4),
        step("VIDIOC_QBUF", 5, 6),
        step("VIDIOC_DQBUF", 7, 10),
        step("VIDIOC_DQBUF", 8, 9, thread=2),
    )
    program = Program("it", CallLog((), 0, ""), tuple(steps))
    [rule] = [one for one in rules() if one.id == "dqbuf-of-a-queued-buffer"]
    assert [bool(seen.broken) for seen in rule.look(program)] == [True, False]


def test_a_rule_is_broken_only_if_it_is_in_every_state() -> None:
    steps = met(
        reqbufs(1, 1),
        step("VIDIOC_STREAMON", 3, 4),
        step("VIDIOC_STREAMOFF", 5, 8),
        step("VIDIOC_QBUF", 6, 7, thread=2),
        # Good if the queue was turned off after it had been put in.
        step("VIDIOC_QBUF", 9, 10),
        # Now it is in the queue for certain.
        step("VIDIOC_QBUF", 11, 12),
    )
    program = Program("it", CallLog((), 0, ""), tuple(steps))
    [rule] = [one for one in rules() if one.id == "qbuf-of-a-held-buffer"]
    assert [bool(seen.broken) for seen in rule.look(program)] == [False, False, True]
