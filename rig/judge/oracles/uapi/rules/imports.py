# SPDX-License-Identifier: GPL-2.0-only
"""Dma-bufs that are queued."""

from collections.abc import Iterator

from rig.evidence.structures import Buffer, BufType, Memory
from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.rule import Rule, Seen, expect


def _length(program: Program) -> Iterator[Seen]:
    """Only of a buffer that was taken as it is when its length was said."""
    for steps in program.by_file.values():
        taken: set[tuple[int, int, int, int]] = set()
        for step in steps:
            given = _free(step)
            if given is None:
                continue
            [plane] = given.planes
            key = given.type, given.index, plane.m, plane.bytesused
            if plane.length and step.done:
                taken.add(key)
            elif not plane.length and key in taken:
                told = f"{step} returned {step.answer}, and succeeded when it said the length"
                yield expect(step, step.done, told)


def _free(step: Step) -> Buffer | None:
    """What VIDIOC_QBUF was told of a buffer of one plane that is the program's."""
    given = step.given
    if step.name != "VIDIOC_QBUF" or not step.call.returned or given is None or step.known is None:
        return None
    if given.memory != Memory.DMABUF or given.type not in (BufType.CAPTURE, BufType.OUTPUT):
        return None
    return given if step.known.of(given.index) in ("dequeued", "prepared") else None


RULES = (
    Rule(
        "dmabuf-without-length",
        "documented",
        "A dma-buf in a buffer of one plane is taken whether or not the program says its length.",
        "userspace-api/media/v4l/buffer.rst, struct v4l2_buffer, length: set by the driver",
        _length,
    ),
)
