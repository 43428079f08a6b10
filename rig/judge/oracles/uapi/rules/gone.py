# SPDX-License-Identifier: GPL-2.0-only
"""Files whose device is gone."""

from collections.abc import Iterator
from errno import ENODEV

from rig.evidence.descriptors import Thing
from rig.judge.oracles.uapi.polls import ERR, HUP, LONG, polls
from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.rule import Rule, Seen, expect

# Calls that have no other reason to answer ENODEV.
_TELLING = ("VIDIOC_QUERYCAP", "VIDIOC_QUERYBUF", "VIDIOC_DQBUF", "VIDIOC_STREAMOFF")


def _gone(program: Program) -> dict[Thing, Step]:
    """The first call that was told, of each file that has no device any more."""
    found: dict[Thing, Step] = {}
    for step in program.steps:
        told = step.name in _TELLING and step.error == ENODEV
        if told and step.about and step.about.kind == "video":
            found.setdefault(step.about, step)
    return found


def _refuses(program: Program) -> Iterator[Seen]:
    for thing, first in _gone(program).items():
        for step in program.by_file[thing]:
            if step.name.startswith("VIDIOC_") and step.call.begin > first.call.end:
                told = f"{step} returned {step.answer}, and {first} had said ENODEV"
                yield expect(step, not step.done, told)


def _wakes(program: Program) -> Iterator[Seen]:
    gone = _gone(program)
    for poll in polls(program, "video"):
        first = gone.get(poll.about)
        if first is None:
            continue
        later = poll.step.call.begin > first.call.end
        # Who is not woken looks once more when his time is over, and only then sees it.
        slept = not later and poll.step.call.ended - first.call.ended > LONG
        if slept or later or poll.told & HUP:
            told = f"{poll.step} said {poll.told:#x} after {poll.waited} ns; {first} said ENODEV"
            yield expect(poll.step, bool(poll.told & (ERR | HUP)) and not slept, told)


_SOURCE = (
    "driver-api/media/v4l2-dev.rst, video device cleanup: after the unregister all file "
    "operations, except release, return an error"
)

RULES = (
    Rule(
        "gone-refuses",
        "documented",
        "A file whose device is gone refuses every call.",
        _SOURCE,
        _refuses,
    ),
    Rule(
        "gone-wakes",
        "documented",
        "poll() of a file whose device is gone says so, and does not sleep.",
        _SOURCE,
        _wakes,
    ),
)
