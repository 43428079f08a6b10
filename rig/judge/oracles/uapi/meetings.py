# SPDX-License-Identifier: GPL-2.0-only
"""Calls of several threads that meet: either may have come first."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rig.evidence.descriptors import Thing
from rig.evidence.structures import is_output
from rig.judge.oracles.uapi.effects import OF_A_BUFFER, buffer_index
from rig.judge.oracles.uapi.program import QUEUEING, Step

CHANGING: Final = OF_A_BUFFER - {"VIDIOC_QUERYBUF", "VIDIOC_EXPBUF"} | {
    *("VIDIOC_REQBUFS", "VIDIOC_CREATE_BUFS", "VIDIOC_REMOVE_BUFS"),
    *("VIDIOC_STREAMON", "VIDIOC_STREAMOFF", "MEDIA_REQUEST_IOC_REINIT", *QUEUEING),
}

# Calls that take the buffers of a request, or give them back.
OF_REQUESTS: Final = frozenset((*QUEUEING, "MEDIA_REQUEST_IOC_REINIT", "close"))

# Those that have changed nothing if they failed.
_ALL_OR_NOTHING: Final = frozenset(
    ("VIDIOC_QBUF", "VIDIOC_DQBUF", "VIDIOC_PREPARE_BUF", "VIDIOC_STREAMON", "VIDIOC_STREAMOFF")
)

# The buffers that were put into each request at any time: file, OUTPUT or not, index.
_Contents = Mapping[Thing, frozenset[tuple[Thing, bool, int]]]


def _contents(steps: Sequence[Step]) -> _Contents:
    found: dict[Thing, set[tuple[Thing, bool, int]]] = defaultdict(set)
    for step in steps:
        if step.request and step.about and step.given:
            found[step.request].add((step.about, step.output, step.given.index))
    return {request: frozenset(buffers) for request, buffers in found.items()}


@dataclass(frozen=True)
class Meetings:
    """The calls that met others, by their beginnings.

    Attributes:
        contended: another thread's call may have come before it or after it, and may have changed
            what it met.
        lost: those of them of which no order says what they met: another call never returned, or
            is about requests.
    """

    contended: frozenset[int]
    lost: frozenset[int]


def meetings(steps: Sequence[Step]) -> Meetings:
    """Of the calls of a program, in the order in which they began."""
    contended: set[int] = set()
    lost: set[int] = set()
    # By what a call may have disturbed, itself or others.
    after: dict[int, set[int]] = defaultdict(set)
    open_calls: list[Step] = []
    contents = _contents(steps)
    for step in steps:
        open_calls = [one for one in open_calls if _is_open(one, step.call.begin)]
        for other in open_calls:
            pair = {step.call.begin, other.call.begin}
            if _takes(step, other, contents) or _takes(other, step, contents):
                contended |= pair
                lost |= pair
            elif _meet(step, other):
                for one, by in ((step, other), (other, step)):
                    if _changes(by):
                        contended.add(one.call.begin)
                        after[by.call.begin].add(one.call.begin)
                        lost |= set() if by.call.returned else {one.call.begin}
        open_calls.append(step)
    return Meetings(frozenset(contended), frozenset(_reached(lost, after)))


def _is_open(step: Step, at: int) -> bool:
    return not step.call.returned or step.call.end > at


def _reached(begins: set[int], after: Mapping[int, set[int]]) -> set[int]:
    """These, and what they may have disturbed, and so on."""
    found: set[int] = set()
    left = list(begins)
    while left:
        if (begin := left.pop()) not in found:
            found.add(begin)
            left += after.get(begin, ())
    return found


def _takes(asked: Step, other: Step, contents: _Contents) -> bool:
    """Whether a call on a request meets another one on a buffer of it, or on all of its queue."""
    if asked.name not in OF_REQUESTS or other.name not in CHANGING:
        return False
    buffers = contents.get(asked.about, frozenset()) if asked.about else frozenset()
    if other.name in OF_A_BUFFER:
        index = buffer_index(other)
        return any(each == (other.about, other.output, index) for each in buffers)
    return any(file == other.about and output == other.output for file, output, _ in buffers)


def _changes(step: Step) -> bool:
    """Whether a call may have changed what others meet."""
    return step.name in CHANGING and not (step.error and step.name in _ALL_OR_NOTHING)


def _meet(one: Step, other: Step) -> bool:
    if one.about != other.about:
        return False
    if {"poll", "select"} & {one.name, other.name}:
        # It asks both queues.
        return True
    if one.queue is None or other.queue is None:
        return False
    if is_output(one.queue) != is_output(other.queue):
        return False
    if one.name in OF_A_BUFFER and other.name in OF_A_BUFFER:
        return buffer_index(one) == buffer_index(other)
    return True
