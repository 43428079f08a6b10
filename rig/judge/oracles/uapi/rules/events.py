# SPDX-License-Identifier: GPL-2.0-only
"""Events of video devices."""

from collections.abc import Iterator
from errno import EINTR
from itertools import pairwise
from struct import unpack_from

from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.rule import Rule, Seen, expect

_SUBSCRIBE, _DEQUEUE = "VIDIOC_SUBSCRIBE_EVENT", "VIDIOC_DQEVENT"

# V4L2_EVENT_CTRL, and V4L2_EVENT_SUB_FL_SEND_INITIAL.
_CONTROL = 3
_INITIAL = 1


def _asked(step: Step) -> tuple[int, int, int]:
    """Type, identifier and flags of a subscription."""
    kind, about, flags = unpack_from("<3I", step.call.before)
    return kind, about, flags


def _type(step: Step) -> int:
    return int(unpack_from("<I", step.call.after)[0])


def _sequence(step: Step) -> int:
    return int(unpack_from("<I", step.call.after, 76)[0])


def _subscribed(program: Program) -> Iterator[Seen]:
    for steps in program.by_file.values():
        asked: set[int] = set()
        for step in steps:
            if step.name == _SUBSCRIBE:
                asked.add(_asked(step)[0])
            elif step.name == _DEQUEUE and step.done:
                # What is subscribed to meanwhile has begun before this one ends.
                later = {
                    _asked(other)[0]
                    for other in steps
                    if other.name == _SUBSCRIBE and other.call.begin < step.call.end
                }
                told = f"{step} gave an event of type {_type(step)}, to which nobody subscribed"
                yield expect(step, _type(step) in asked | later, told)


def _counts(program: Program) -> Iterator[Seen]:
    for steps in program.by_file.values():
        last: Step | None = None
        for step in steps:
            if step.name != _DEQUEUE or not step.done:
                continue
            if last and last.call.end < step.call.begin:
                before, number = _sequence(last), _sequence(step)
                told = f"{step} has the sequence number {number} after {before}"
                yield expect(step, number > before, told)
            last = step


def _initial(program: Program) -> Iterator[Seen]:
    """Of what the file had no subscription to, and whose first event nobody else can have taken."""
    for steps in program.by_file.values():
        known: set[tuple[int, int]] = set()
        for at, step in enumerate(steps):
            if step.name != _SUBSCRIBE:
                continue
            kind, about, flags = _asked(step)
            new = (kind, about) not in known
            known.add((kind, about))
            after = next(iter(steps[at + 1 :]), None)
            if not (new and step.done and kind == _CONTROL and flags & _INITIAL):
                continue
            if program.faulty or after is None or after.name != _DEQUEUE:
                continue
            if after.call.returned and _alone(steps, step, after):
                told = f"{step} asked for an event at once, then {after} failed with {after.answer}"
                yield expect(step, after.done, told)


def _pending(program: Program) -> Iterator[Seen]:
    """Of events that another one follows at once, so that nothing can have taken them."""
    for steps in program.by_file.values():
        for step, after in pairwise(steps):
            if step.name != _DEQUEUE or after.name != _DEQUEUE or not step.done:
                continue
            count = int(unpack_from("<I", step.call.after, 72)[0])
            if count and after.call.returned and _alone(steps, step, after):
                told = f"{step} said that {count} more are there, then {after} failed with "
                yield expect(step, after.done or after.error == EINTR, f"{told}{after.answer}")


def _alone(steps: tuple[Step, ...], first: Step, last: Step) -> bool:
    """Whether nobody else was in a call on the file from the first of two to the end of the last,
    and the second came after the first."""
    return first.call.end < last.call.begin and all(
        other in (first, last)
        or other.call.begin > last.call.end
        or 0 < other.call.end < first.call.begin
        for other in steps
    )


_V4L = "userspace-api/media/v4l"

RULES = (
    Rule(
        "event-subscribed",
        "documented",
        "What is dequeued is an event to which the file has subscribed.",
        f"{_V4L}/vidioc-subscribe-event.rst: subscribed events are dequeued by VIDIOC_DQEVENT",
        _subscribed,
    ),
    Rule(
        "event-sequence-counts",
        "documented",
        "The sequence number of each event of a file is greater than that of the one before.",
        f"{_V4L}/vidioc-dqevent.rst, sequence",
        _counts,
    ),
    Rule(
        "event-initial",
        "documented",
        "Who subscribes to a control and asks for an event at once gets one.",
        f"{_V4L}/vidioc-subscribe-event.rst, V4L2_EVENT_SUB_FL_SEND_INITIAL",
        _initial,
    ),
    Rule(
        "event-pending",
        "documented",
        "An event says how many there are besides it.",
        f"{_V4L}/vidioc-dqevent.rst, pending",
        _pending,
    ),
)
