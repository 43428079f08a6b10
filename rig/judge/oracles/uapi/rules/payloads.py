# SPDX-License-Identifier: GPL-2.0-only
"""What a program says of the content of an OUTPUT buffer."""

from collections.abc import Iterator

from rig.evidence.structures import Buffer
from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.rule import Rule, Seen, expect
from rig.judge.oracles.uapi.rules.commands import takes_coded

# What is said of each plane: the bytes that are used, and where the picture begins.
_Content = tuple[tuple[int, int], ...]

_SAYING = ("VIDIOC_QBUF", "VIDIOC_PREPARE_BUF")


def _content(buffer: Buffer) -> _Content:
    return tuple((plane.bytesused, plane.data_offset) for plane in buffer.planes)


def _kept(program: Program) -> Iterator[Seen]:
    for steps in program.by_file.values():
        said: dict[int, _Content] = {}
        coded = takes_coded(steps)
        for step in steps:
            if step.name == "VIDIOC_DQBUF" and step.done and step.output and step.got:
                yield from _compared(step, said.pop(step.got.index, None), coded)
            elif step.name in _SAYING and step.output and step.given:
                yield from _told(step, step.given, said, coded)
            elif step.name in ("VIDIOC_REQBUFS", "VIDIOC_REMOVE_BUFS"):
                said.clear()


def _told(step: Step, given: Buffer, said: dict[int, _Content], coded: bool) -> Iterator[Seen]:
    """What is said of a buffer that is prepared already is not heard."""
    state = step.known.of(given.index) if step.known else None
    if not step.done or state != "dequeued":
        if state != "prepared":
            said.pop(given.index, None)
        return
    said[given.index] = _content(given)
    # What is in a request is looked at when the request is queued.
    if not step.request:
        yield from _compared(step, said[given.index], coded)


def _compared(step: Step, due: _Content | None, coded: bool) -> Iterator[Seen]:
    """A program that says that no byte is used means all of them.  A picture that is not coded
    has as many bytes as its format says, and drivers may say so."""
    if not due or not step.got or step.contended or not all(used for used, _at in due):
        return
    came = _content(step.got)
    pairs = list(zip(came, due, strict=False))
    same = all(one == other for one, other in pairs)
    more = all(one[0] >= other[0] and one[1] == other[1] for one, other in pairs)
    told = f"{step}: bytes used and offsets are {came}, the program had said {due}"
    yield expect(step, same or (more and not coded), told)


def _of_nothing(program: Program) -> Iterator[Seen]:
    for step in program.steps:
        if step.name not in _SAYING or not step.done or not step.output or step.request:
            continue
        if not step.given or not step.got or any(used for used, _at in _content(step.given)):
            continue
        if step.known and step.known.of(step.given.index) == "dequeued":
            told = f"{step}: the program had said that no byte is used, and none is"
            yield expect(step, all(used for used, _at in _content(step.got)), told)


RULES = (
    Rule(
        "payload-kept",
        "documented",
        "How many bytes of an OUTPUT buffer are used, and where, is what the program says.",
        "userspace-api/media/v4l/buffer.rst, bytesused and data_offset: set by applications when "
        "type refers to an output stream",
        _kept,
    ),
    Rule(
        "payload-of-nothing",
        "documented",
        "An OUTPUT buffer of which no byte is said to be used is used as a whole.",
        "userspace-api/media/v4l/buffer.rst, bytesused: if the application sets this to 0 for an "
        "output stream, it is set to the size of the buffer",
        _of_nothing,
    ),
)
