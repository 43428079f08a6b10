# SPDX-License-Identifier: GPL-2.0-only
"""Formats: what is listed, tried, set, and there."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from errno import EBUSY, EINVAL

from rig.evidence.negotiated import ListedFormat, read_listed
from rig.evidence.structures import Format, Memory, read_capability, read_format
from rig.judge.oracles.uapi.program import Program, Step, requested
from rig.judge.oracles.uapi.quiet import QUIET
from rig.judge.oracles.uapi.rule import Rule, Seen, expect

_FORMATS = ("VIDIOC_G_FMT", "VIDIOC_TRY_FMT", "VIDIOC_S_FMT")

# enum v4l2_buf_type has no more; what a node calls its queues, by what it says that it is.
_TYPES = range(1, 15)
_M2M_MPLANE, _M2M = 0x4000, 0x8000
_NAMED = {_M2M: (1, 2), _M2M_MPLANE: (9, 10)}


def _answer(step: Step) -> Format | None:
    """The format that a call gave back."""
    return read_format(step.call.after) if step.name in _FORMATS and step.done else None


@dataclass
class _Standing:
    """What is known of the formats of a file, by type of queue."""

    formats: dict[int, Format] = field(default_factory=dict)

    def learn(self, step: Step) -> None:
        """What a call says of them, or may do to them."""
        if step.name == "VIDIOC_S_FMT":
            # The format of one queue may decide that of the other.
            if step.error not in (EBUSY, EINVAL):
                self.formats.clear()
        elif step.name not in QUIET:
            self.formats.clear()
        answer = _answer(step)
        if answer and step.name != "VIDIOC_TRY_FMT":
            self.formats[answer.type] = answer


def _stays(program: Program) -> Iterator[Seen]:
    for steps in program.undisturbed():
        standing = _Standing()
        for step in steps:
            answer = _answer(step) if step.name == "VIDIOC_G_FMT" else None
            known = standing.formats.get(answer.type) if answer else None
            if known:
                yield expect(step, answer == known, f"{step} says {answer}, it was {known}")
            standing.learn(step)


def _tried(program: Program) -> Iterator[Seen]:
    """Only where nothing came between that could change what is possible."""
    for steps in program.undisturbed():
        tried: dict[bytes, Step] = {}
        for step in steps:
            before = tried.get(step.call.before) if step.name == "VIDIOC_S_FMT" else None
            if before and step.call.returned and step.error != EBUSY:
                told = f"{before} gave {_given(before)}, then {step} gave {_given(step)}"
                yield expect(step, _given(before) == _given(step), told)
            if step.name == "VIDIOC_TRY_FMT" and step.call.returned:
                tried[step.call.before] = step
            elif step.name not in QUIET:
                tried.clear()


def _given(step: Step) -> str:
    return str(_answer(step)) if step.done else step.answer


def _listed(program: Program) -> Iterator[Seen]:
    for steps in program.undisturbed():
        listed: set[tuple[int, str]] = set()
        for step in steps:
            if step.name == "VIDIOC_TRY_FMT" and step.call.returned:
                yield from _as_listed(step, listed)
            found = read_listed(step.call.after) if step.name == "VIDIOC_ENUM_FMT" else None
            if found and step.done:
                listed.add((found.type, found.pixelformat))
            elif step.name == "VIDIOC_S_FMT":
                listed = {one for one in listed if one[0] == step.queue}
            elif step.name not in QUIET:
                listed.clear()


def _as_listed(step: Step, listed: set[tuple[int, str]]) -> Iterator[Seen]:
    wanted, answer = read_format(step.call.before), _answer(step)
    if wanted and (wanted.type, wanted.pixelformat) in listed:
        told = f"{step} of the listed {wanted.pixelformat} gave {_given(step)}"
        yield expect(step, bool(answer and answer.pixelformat == wanted.pixelformat), told)


def _ends(program: Program) -> Iterator[Seen]:
    """What is listed may change with the format of the other queue."""
    for steps in program.undisturbed():
        over: dict[int, int] = {}
        for step in steps:
            asked = read_listed(step.call.before) if step.name == "VIDIOC_ENUM_FMT" else None
            if asked and step.call.returned:
                yield from _beyond(step, asked, over)
            elif step.name not in QUIET:
                over.clear()


def _beyond(step: Step, asked: ListedFormat, over: dict[int, int]) -> Iterator[Seen]:
    end = over.get(asked.type)
    if end is not None and asked.index >= end:
        told = f"{step} of index {asked.index} returned {step.answer}, index {end} was EINVAL"
        yield expect(step, step.error == EINVAL, told)
    elif step.error == EINVAL:
        over[asked.type] = asked.index


def _refused(program: Program) -> Iterator[Seen]:
    for steps in program.undisturbed():
        named: tuple[int, ...] = ()
        for step in steps:
            caps = read_capability(step.call.after) if step.name == "VIDIOC_QUERYCAP" else None
            if caps and step.done:
                named = next((own for bit, own in _NAMED.items() if caps.device_caps & bit), ())
            kind = _kind(step)
            if kind is not None and (kind not in _TYPES or (named and kind not in named)):
                told = f"{step} of the type {kind} returned {step.answer}, EINVAL was due"
                yield expect(step, step.error == EINVAL, told)


def _kind(step: Step) -> int | None:
    """The type of buffer that a call about formats was given."""
    if not step.call.returned:
        return None
    if step.name in _FORMATS:
        given = read_format(step.call.before)
        return given.type if given else None
    listed = read_listed(step.call.before) if step.name == "VIDIOC_ENUM_FMT" else None
    return listed.type if listed else None


def _lines(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("VIDIOC_TRY_FMT", "VIDIOC_S_FMT", "VIDIOC_G_FMT"):
        answer = _answer(step)
        if answer and answer.lines and answer.lines[0]:
            needed = answer.lines[0] * answer.height
            told = f"{step} says {answer}, whose lines have {answer.lines[0]} bytes"
            yield expect(step, needed <= answer.sizes[0], told)


def _holds(program: Program) -> Iterator[Seen]:
    for steps in program.undisturbed():
        standing = _Standing()
        due: dict[int, Format] = {}
        for step in steps:
            if asked := requested(step):
                due.pop(asked[0].type, None)
                if step.done and asked[0].memory == Memory.MMAP and step.name == "VIDIOC_REQBUFS":
                    due |= {k: v for k, v in standing.formats.items() if k == asked[0].type}
            elif step.name == "VIDIOC_QUERYBUF" and step.done and step.got:
                yield from _large(step, due.get(step.got.type))
            standing.learn(step)


def _large(step: Step, due: Format | None) -> Iterator[Seen]:
    if step.got and due:
        sizes = tuple(plane.length for plane in step.got.planes)
        told = f"{step} has {sizes} bytes, the format was {due}"
        yield expect(step, all(a >= b for a, b in zip(sizes, due.sizes, strict=False)), told)


_G_FMT = "userspace-api/media/v4l/vidioc-g-fmt.rst"
_ENUM_FMT = "userspace-api/media/v4l/vidioc-enum-fmt.rst"

RULES = (
    Rule(
        "format-stays",
        "documented",
        "A format is what VIDIOC_S_FMT made it until something is done that may change it.",
        f"{_G_FMT}: VIDIOC_G_FMT queries the current one, VIDIOC_TRY_FMT does not change it",
        _stays,
    ),
    Rule(
        "format-as-tried",
        "documented",
        "VIDIOC_S_FMT makes of a format what VIDIOC_TRY_FMT makes of it.",
        f"{_G_FMT}: VIDIOC_TRY_FMT is VIDIOC_S_FMT but for the state of the driver",
        _tried,
    ),
    Rule(
        "format-as-listed",
        "documented",
        "A format that is listed is taken.",
        f"{_ENUM_FMT}: the formats that the driver supports",
        _listed,
    ),
    Rule(
        "list-ends",
        "documented",
        "Beyond its end a list of formats has nothing.",
        f"{_ENUM_FMT}, EINVAL: the index is out of bounds",
        _ends,
    ),
    Rule(
        "format-of-no-queue",
        "documented",
        "There is no format of a queue that there is not.",
        f"{_G_FMT} and {_ENUM_FMT}, EINVAL: the type is invalid or not supported",
        _refused,
    ),
    Rule(
        "image-holds-lines",
        "documented",
        "An image is at least as large as its lines are together.",
        "userspace-api/media/v4l/pixfmt-v4l2.rst, sizeimage: the bytes that hold a whole image",
        _lines,
    ),
    Rule(
        "buffer-holds-image",
        "documented",
        "A buffer in memory of the driver is large enough for an image of the format.",
        "userspace-api/media/v4l/pixfmt-v4l2.rst, sizeimage; vidioc-reqbufs.rst: memory of the "
        "driver",
        _holds,
    ),
)
