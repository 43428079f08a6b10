# SPDX-License-Identifier: GPL-2.0-only
"""Kinds of reason, each with a stable id and what it does to each claim."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rig.model.claim import Claim, Premise

Outcome = Literal["CLEAN", "INCONCLUSIVE", "DIRTY"]

# From best to worst; the worst reason of a claim is its verdict.
ORDER: tuple[Outcome, ...] = ("CLEAN", "INCONCLUSIVE", "DIRTY")

Effects = Mapping[Claim, Outcome]

# In an id, for what the reasons of one kind differ in.
STAR = "*"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of reason.

    Args:
        id: stable; "splat.*" stands for every id that begins like this.
        meaning: for the person who reads it, in one sentence.
        effects: what it does to which claim.
        premise: what it takes away; a claim that rests on this, and is not among the effects,
            is INCONCLUSIVE.
        blinds: the case was not watched to its end: whatever came after was not judged.
    """

    id: str
    meaning: str
    effects: Effects = field(default_factory=dict, hash=False)
    premise: Premise | None = None
    blinds: bool = False

    def effect(self, claim: Claim) -> Outcome | None:
        """What this kind of reason does to a claim; None: nothing."""
        if claim in self.effects:
            return self.effects[claim]
        return "INCONCLUSIVE" if self.premise in claim.rests_on else None

    def covers(self, id: str) -> bool:
        """Whether a reason of this kind can have this id."""
        head, star, tail = self.id.partition(STAR)
        if not star:
            return id == self.id
        return STAR not in id and id.startswith(head) and id not in (head, head + tail)
