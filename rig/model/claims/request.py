# SPDX-License-Identifier: GPL-2.0-only
"""The contract of a request's fence: that which a media request is queued with."""

from rig.model.claim import Claim, Condition, Premise, Subject


def _opted_in(subject: Subject) -> bool:
    return not subject.opted or subject.driver in subject.opted


CLAIM = Claim(
    name="request",
    title="fences of requests",
    question="Do fences of media requests keep what programs and other devices may rely on "
    "([request.md](request.md))?",
    rank=27,
    possible=Condition("in cases of drivers that the series opts in", _opted_in),
    by_default=False,
    rests_on=frozenset(Premise),
)
