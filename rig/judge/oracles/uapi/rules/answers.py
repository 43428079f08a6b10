# SPDX-License-Identifier: GPL-2.0-only
"""What any call may answer at all."""

from collections.abc import Iterator

from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.rule import Rule, Seen, expect

# The first of those that are the kernel's own: include/linux/errno.h.
_FIRST_INTERNAL = 512


def _ioctls(program: Program) -> Iterator[Step]:
    return (
        step
        for step in program.steps
        if step.call.name == "ioctl" and step.call.returned and not step.name.startswith("ioctl ")
    )


def _zero(program: Program) -> Iterator[Seen]:
    for step in _ioctls(program):
        if not step.error:
            yield expect(step, step.call.result == 0, f"{step} returned {step.answer}, 0 was due")


def _public_errno(program: Program) -> Iterator[Seen]:
    for step in _ioctls(program):
        yield expect(
            step,
            step.error < _FIRST_INTERNAL,
            f"{step} failed with errno {step.error}, which is the kernel's own",
        )


RULES = (
    Rule(
        "success-is-zero",
        "documented",
        "An ioctl that succeeds returns 0 and nothing else.",
        "userspace-api/media/gen-errors.rst, and Return Value of each ioctl",
        _zero,
    ),
    Rule(
        "public-errno",
        "documented",
        "No call fails with an error number that is the kernel's own (512 and more).",
        "include/linux/errno.h, the comment above ERESTARTSYS",
        _public_errno,
    ),
)
