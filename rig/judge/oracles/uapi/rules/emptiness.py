# SPDX-License-Identifier: GPL-2.0-only
"""Queues without buffers."""

from collections.abc import Iterator
from errno import EINVAL

from rig.judge.oracles.uapi.program import Program
from rig.judge.oracles.uapi.rule import Rule, Seen, expect


def _streams(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("VIDIOC_STREAMON"):
        if step.known and step.known.buffers is not None and not step.known.buffers:
            told = f"{step} without buffers returned {step.answer}, EINVAL was due"
            yield expect(step, step.error == EINVAL, told)


RULES = (
    Rule(
        "streamon-without-buffers",
        "documented",
        "A queue without buffers cannot stream.",
        "userspace-api/media/v4l/vidioc-streamon.rst, EINVAL: no buffers have been allocated",
        _streams,
    ),
)
