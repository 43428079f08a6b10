# SPDX-License-Identifier: GPL-2.0-only
"""Commands that are tried, and then given."""

from collections.abc import Iterator
from errno import EINVAL, ENOTTY
from itertools import pairwise

from rig.judge.oracles.uapi.program import Program
from rig.judge.oracles.uapi.rule import Rule, Seen, expect

_TRIES = {
    "VIDIOC_ENCODER_CMD": "VIDIOC_TRY_ENCODER_CMD",
    "VIDIOC_DECODER_CMD": "VIDIOC_TRY_DECODER_CMD",
}


def _tried(program: Program) -> Iterator[Seen]:
    for steps in program.by_file.values():
        for tried, given in pairwise(steps):
            if tried.name != _TRIES.get(given.name):
                continue
            if tried.call.before[:4] == given.call.before[:4] and given.call.returned:
                refused = given.error in (EINVAL, ENOTTY)
                told = f"{tried} returned {tried.answer}, then {given} returned {given.answer}"
                yield expect(tried, tried.error == given.error or not refused, told)


RULES = (
    Rule(
        "command-as-tried",
        "documented",
        "A command that can be tried is not unknown when it is given.",
        "userspace-api/media/v4l/vidioc-encoder-cmd.rst and vidioc-decoder-cmd.rst: the TRY ioctl "
        "tries a command without executing it",
        _tried,
    ),
)
