# SPDX-License-Identifier: GPL-2.0-only
"""Fields that nobody has a use for yet: the kernel leaves nothing of anybody's there."""

from collections.abc import Iterator, Mapping
from typing import Final

from rig.evidence.structures import BufType, read_format
from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.rule import Rule, Seen, expect

# Where in what each call leaves they are, and of how many bytes: videodev2.h on 64 bits.
_FIELDS: Final[Mapping[str, tuple[int, int]]] = {
    "VIDIOC_QUERYCAP": (92, 12),
    "VIDIOC_ENUM_FMT": (52, 12),
    "VIDIOC_ENUM_FRAMESIZES": (36, 8),
    "VIDIOC_CREATE_BUFS": (236, 20),
    "VIDIOC_QUERY_EXT_CTRL": (104, 128),
    "VIDIOC_QUERYMENU": (40, 4),
    "VIDIOC_DQEVENT": (100, 32),
}

# Of struct v4l2_pix_format_mplane, behind the 8 bytes of a type and its padding.
_PLANES: Final = 20
_PLANE_FIELDS: Final = (8, 12)
_MPLANE_FIELDS: Final = (185, 7)


def _zero(program: Program) -> Iterator[Seen]:
    for step in program.ioctls(*_FIELDS, "VIDIOC_S_FMT", "VIDIOC_TRY_FMT"):
        fields = list(_fields(step)) if step.done else []
        if fields:
            junk = b"".join(step.call.after[at : at + size] for at, size in fields).strip(b"\0")
            told = f"{step} left {junk[:8].hex()} in fields that are reserved"
            yield expect(step, not junk, told)


def _fields(step: Step) -> Iterator[tuple[int, int]]:
    if step.name in _FIELDS:
        yield _FIELDS[step.name]
        return
    answer = read_format(step.call.after)
    if answer and answer.type in (BufType.CAPTURE_MPLANE, BufType.OUTPUT_MPLANE):
        yield 8 + _MPLANE_FIELDS[0], _MPLANE_FIELDS[1]
        at, size = _PLANE_FIELDS
        for plane in range(len(answer.sizes)):
            yield 28 + plane * _PLANES + at, size


_V4L = "userspace-api/media/v4l"

RULES = (
    Rule(
        "reserved-zeroed",
        "documented",
        "What is reserved in a structure is zero when the call comes back.",
        f"{_V4L}/vidioc-querycap.rst, vidioc-enum-fmt.rst, vidioc-enum-framesizes.rst, "
        "vidioc-create-bufs.rst, vidioc-queryctrl.rst, vidioc-dqevent.rst and "
        "pixfmt-v4l2-mplane.rst, reserved",
        _zero,
    ),
)
