# SPDX-License-Identifier: GPL-2.0-only
"""The contract of producers' fences."""

from rig.model.claim import Claim, Condition, Premise, Subject


def _opted_in(subject: Subject) -> bool:
    opted_in = not subject.opted or subject.driver in subject.opted
    # Where all are opted in, no driver is left to compare with.
    return not opted_in if subject.control else opted_in


CLAIM = Claim(
    name="fences",
    title="producer fences",
    question="Does the series keep the producer-fence contract ([contract.md](contract.md))?",
    rank=20,
    possible=Condition(
        "in cases of drivers that the series opts in, and in controls of drivers that it does not",
        _opted_in,
    ),
    rests_on=frozenset(Premise),
)
