# SPDX-License-Identifier: GPL-2.0-only
"""Descriptors of media requests among the arguments of calls on video devices, and what became of
the values in a request."""

from collections.abc import Iterator
from errno import EACCES, EBADR, EBUSY, EINVAL, EIO, ENODEV, EPERM

from rig.evidence.descriptors import Thing
from rig.evidence.structures import Flag
from rig.judge.oracles.uapi.polls import PRI, polls
from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.rule import Rule, Seen, expect

_CONTROLS = ("VIDIOC_G_EXT_CTRLS", "VIDIOC_S_EXT_CTRLS", "VIDIOC_TRY_EXT_CTRLS")

# What else may be wrong with the same call, and what a device says that is gone or has no requests.
_OTHERWISE = (EACCES, EBADR, EBUSY, EIO, ENODEV, EPERM)


def _none(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("VIDIOC_QBUF", *_CONTROLS):
        if program.faulty or not _names_another(step):
            continue
        told = f"{step} with {step.request or 'no descriptor'} for a request returned "
        holds = step.error == EINVAL or step.error in _OTHERWISE
        yield expect(step, holds, f"{told}{step.answer}, EINVAL was due")


def _names_another(step: Step) -> bool:
    """Whether what is said to be a request is certainly none."""
    if step.request:
        return step.request.kind not in ("request", "file")
    given = step.given
    return bool(given and given.flags & Flag.REQUEST_FD and given.request_fd < 0)


def _values(program: Program) -> Iterator[Seen]:
    """Of a request that somebody was told is complete, and that nobody has made anew."""
    told: dict[Thing, int] = {}
    complete = {poll.step.call.begin for poll in polls(program, "request") if poll.told == PRI}
    for step in program.steps:
        if step.about and step.call.begin in complete:
            told.setdefault(step.about, step.call.end)
        elif step.about and step.name in ("MEDIA_REQUEST_IOC_REINIT", "close"):
            told.pop(step.about, None)
        elif step.name == "VIDIOC_G_EXT_CTRLS" and step.request in told and step.call.returned:
            if program.faulty or _count(step):
                continue
            said = f"{step} of {step.request}, which is complete, returned {step.answer}"
            yield expect(step, step.done, f"{said}, 0 was due")


def _count(step: Step) -> int:
    """How many controls are asked for: of none, none can be unknown."""
    return int.from_bytes(step.call.before[4:8], "little")


_V4L = "userspace-api/media/v4l"

RULES = (
    Rule(
        "request-fd-of-nothing",
        "documented",
        "A descriptor that is none of a request is EINVAL.",
        f"{_V4L}/vidioc-qbuf.rst and {_V4L}/vidioc-g-ext-ctrls.rst, EINVAL: request_fd is invalid",
        _none,
    ),
    Rule(
        "request-values-there",
        "documented",
        "The controls of a request that is complete can be read.",
        f"{_V4L}/vidioc-g-ext-ctrls.rst: the values at the time of request completion",
        _values,
    ),
)
