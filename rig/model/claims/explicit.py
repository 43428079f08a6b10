# SPDX-License-Identifier: GPL-2.0-only
"""The contract of explicit fences: those that programs queue buffers with."""

from rig.model.claim import Claim, Condition, Premise, Subject


def _opted_in(subject: Subject) -> bool:
    return not subject.opted or subject.driver in subject.opted


CLAIM = Claim(
    name="explicit",
    title="explicit fences",
    question="Do fences of VIDIOC_QBUF keep what programs and other devices may rely on "
    "([explicit.md](explicit.md))?",
    rank=25,
    possible=Condition("in cases of drivers that the series opts in", _opted_in),
    by_default=False,
    rests_on=frozenset(Premise),
)
