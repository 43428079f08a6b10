# SPDX-License-Identifier: GPL-2.0-only
"""What is in the pictures, as far as workloads know what is due."""

from collections.abc import Iterator
from struct import unpack_from

from rig.judge.oracles.uapi.program import Program
from rig.judge.oracles.uapi.rule import Rule, Seen, expect


def _right(program: Program) -> Iterator[Seen]:
    for step in program.steps:
        if step.name == "pixels" and len(step.call.before) >= 24 and not program.faulty:
            index, wrong, size = unpack_from("<3Q", step.call.before)
            told = f"{wrong} of {size} bytes of CAPTURE buffer {index} of {step.about} are wrong"
            yield expect(step, wrong == 0, f"{told} (call {step.call.begin})")


RULES = (
    Rule(
        "pixels",
        "documented",
        "A CAPTURE buffer that came back good holds the picture that its format, its controls and "
        "the OUTPUT buffer make.",
        "userspace-api/media/v4l/dev-mem2mem.rst; buffer.rst, V4L2_BUF_FLAG_ERROR: only with it "
        "data may be corrupt; pixfmt-*.rst",
        _right,
    ),
)
