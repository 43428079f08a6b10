# SPDX-License-Identifier: GPL-2.0-only
"""How and when fences signaled, as sync_files tell it."""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct, unpack_from

from rig.evidence.descriptors import Thing
from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.rule import Rule, Seen, expect

_INFO = "SYNC_IOC_FILE_INFO"

# Of struct sync_file_info: status and num_fences; behind it the first struct sync_fence_info.
_STATUS = Struct("<i4xI")
_STATUS_AT = 32
_FIRST = Struct("<64xiIQ")
_FIRST_AT = 56


@dataclass(frozen=True)
class _Info:
    """What a sync_file said of itself; `timestamp`: of its first fence, 0 if it did not say."""

    step: Step
    status: int
    timestamp: int


def _infos(program: Program, thing: Thing) -> Iterator[_Info]:
    for step in program.by_file.get(thing, ()):
        if step.name != _INFO or not step.done or len(step.call.after) < _FIRST_AT:
            continue
        status, _count = _STATUS.unpack_from(step.call.after, _STATUS_AT)
        timestamp = 0
        if len(step.call.after) >= _FIRST_AT + _FIRST.size:
            first, _flags, timestamp = _FIRST.unpack_from(step.call.after, _FIRST_AT)
            timestamp = timestamp if first else 0
        yield _Info(step, status, timestamp)


def _files(program: Program) -> Iterator[Thing]:
    return (thing for thing in program.by_file if thing.kind == "sync_file")


def _agrees(program: Program) -> Iterator[Seen]:
    """Only of one that somebody listens to from before it is over: else a sum knows of no error."""
    for thing in _files(program):
        first: _Info | None = None
        heard = 0
        for step in program.by_file[thing]:
            if step.name == "poll" and step.done and not heard:
                heard = step.call.end
        for info in _infos(program, thing):
            if not info.status:
                first = None
                continue
            if first and heard and heard < first.step.call.begin:
                told = f"{info.step} says status {info.status}, {first.step} said {first.status}"
                yield expect(info.step, (info.status < 0) == (first.status < 0), told)
            first = first or info


def _past(program: Program) -> Iterator[Seen]:
    """By when each was over for certain, its timestamp says as well."""
    over = dict(_over(program))
    for thing in _files(program):
        for info in _infos(program, thing):
            if not info.status or not info.timestamp:
                continue
            due = min(over.get(thing, info.step.call.ended), info.step.call.ended)
            told = f"{info.step} says that it signaled at {info.timestamp}, and it had by {due}"
            yield expect(info.step, info.timestamp <= due, told)


def _over(program: Program) -> Iterator[tuple[Thing, int]]:
    """When each sync_file had signaled for certain: it said so, or all that it is made of had."""
    said: dict[Thing, int] = {}
    for step in program.steps:
        about = step.about
        if about is None or not step.done:
            continue
        if step.name == _INFO and len(step.call.after) >= _FIRST_AT:
            if unpack_from("<i", step.call.after, _STATUS_AT)[0]:
                said.setdefault(about, step.call.ended)
        elif step.name == "SYNC_IOC_MERGE" and step.made and about in said:
            other = step.named
            if other in said and max(said[about], said[other]) <= step.call.began:
                said.setdefault(step.made, step.call.began)
    yield from said.items()


_HEADER = "include/uapi/linux/sync_file.h"

RULES = (
    Rule(
        "fence-status-agrees",
        "documented",
        "Whether a sync_file has failed is the same, however it is asked.",
        f"{_HEADER}, struct sync_file_info, status, with and without num_fences",
        _agrees,
    ),
    Rule(
        "fence-timestamp",
        "documented",
        "The timestamp of a fence is when it signaled, not when it was asked for or merged.",
        f"{_HEADER}, struct sync_fence_info, timestamp_ns: timestamp of status change",
        _past,
    ),
)
