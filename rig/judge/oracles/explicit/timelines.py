# SPDX-License-Identifier: GPL-2.0-only
"""When fences that programs signal themselves did so: those of sw_sync, and what is merged of them;
and what programs were told of any fence.

Times are the numbers of calls (`rig.evidence.calls.Call.begin` and `end`).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import inf
from struct import unpack_from
from typing import Protocol

from rig.evidence.descriptors import Thing
from rig.judge.oracles.uapi.program import Program, Step


@dataclass(frozen=True, slots=True)
class Signal:
    """When a fence signaled: within a call, which began and ended then.

    Attributes:
        begin, end: infinite if it never did.
        failed: with an error.
    """

    begin: float = inf
    end: float = inf
    failed: bool = False


def signals(program: Program) -> dict[Thing, Signal]:
    """Of every fence of a timeline, and of every merged sync_file all of whose fences are known."""
    found = dict(_own(program))
    for merged, members in _merged(program):
        if all(member in found for member in members):
            found[merged] = _last([found[member] for member in members])
    return found


def _own(program: Program) -> Iterator[tuple[Thing, Signal]]:
    for steps in program.by_file.values():
        for step in steps:
            if step.name == "SW_SYNC_IOC_CREATE_FENCE" and step.made:
                yield step.made, _signal(steps, _number(step, 0))


def _signal(steps: tuple[Step, ...], value: int) -> Signal:
    """That of the fence of this value of a timeline."""
    reached = 0
    for step in steps:
        if step.name == "SW_SYNC_IOC_INC" and step.done:
            reached += _number(step, 0)
            if reached >= value:
                return Signal(step.call.begin, step.call.end)
        elif step.name == "close":
            return Signal(step.call.begin, step.call.end or inf, failed=True)
    return Signal()


def _merged(program: Program) -> Iterator[tuple[Thing, tuple[Thing, Thing]]]:
    """What was merged, each with what it was merged of."""
    by_number: dict[int, Thing] = {}
    for step in program.steps:
        if step.name == "SYNC_IOC_MERGE" and step.made and step.about:
            other = by_number.get(_number(step, 32))
            if other:
                yield step.made, (step.about, other)
        if step.made and step.made.kind == "sync_file":
            by_number[_fd(step)] = step.made


def _fd(step: Step) -> int:
    if step.got:
        return step.got.fence_fd
    return int(unpack_from("<i", step.call.after, _PLACE.get(step.name, 36))[0])


_PLACE: Mapping[str, int] = {
    "DMA_BUF_IOCTL_EXPORT_SYNC_FILE": 4,
    "MEDIA_REQUEST_IOC_QUEUE_FENCE": 4,
}


def _number(step: Step, at: int) -> int:
    return int(unpack_from("<I", step.call.before, at)[0])


def _last(members: list[Signal]) -> Signal:
    failed = any(member.failed for member in members)
    return Signal(max(one.begin for one in members), max(one.end for one in members), failed)


@dataclass(frozen=True, slots=True)
class Status:
    """What somebody was told of a fence.

    Attributes:
        begin, end: of the call.
        value: 0 pending, 1 signaled, below 0 the error; 1 stands for either if poll() said so.
        sure: whether `value` tells an error from success.
    """

    begin: int
    end: int
    value: int
    sure: bool


_STATUS_AT = 32


def statuses(program: Program) -> dict[Thing, list[Status]]:
    """What was told of each sync_file, in order."""
    found: dict[Thing, list[Status]] = defaultdict(list)
    for thing, steps in program.by_file.items():
        for step in steps if thing.kind == "sync_file" else ():
            if step.name == "SYNC_IOC_FILE_INFO" and step.done:
                value = unpack_from("<i", step.call.after, _STATUS_AT)[0]
                found[thing].append(Status(step.call.begin, step.call.end, value, True))
            elif step.name == "poll" and step.call.result == 1 and _one(step):
                found[thing].append(Status(step.call.begin, step.call.end, 1, False))
    return found


def _one(step: Step) -> bool:
    """Whether it is about one descriptor."""
    return len(step.call.after) == 8


class HasFence(Protocol):
    """A job that may have been given a fence."""

    @property
    def fence(self) -> Thing | None: ...


@dataclass(frozen=True)
class FencedProgram:
    """One program, and what it was told of its fences."""

    program: Program

    @cached_property
    def statuses(self) -> dict[Thing, list[Status]]:
        """What was told of sync_files."""
        return statuses(self.program)

    def told(self, job: HasFence) -> list[Status]:
        """What was told of the fence of a job."""
        return self.statuses.get(job.fence, []) if job.fence else []
