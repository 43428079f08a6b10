# SPDX-License-Identifier: GPL-2.0-only
"""Why a claim is not clean, and what several reasons amount to."""

from collections.abc import Iterable
from dataclasses import dataclass

from rig.judge.kinds import ORDER, STAR, Kind, Outcome
from rig.model.claim import Claim


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a claim is not clean.

    Args:
        text: what was seen, one line.
        file, line: source of the guilty code, relative to the kernel tree; "" and 0 if unknown.
        serial: first line of the evidence in the serial log, from 1; 0 if it is not there.
        part: what the star in the id of the kind stands for, if it has one.
        oracle: who gave it.  Whoever asks an oracle writes this down; several give the same kind.
    """

    kind: Kind
    text: str
    file: str = ""
    line: int = 0
    serial: int = 0
    part: str = ""
    oracle: str = ""

    @property
    def id(self) -> str:
        """That of its kind; for splats "splat." and the kind of splat."""
        return self.kind.id.replace(STAR, self.part)

    def effect(self, claim: Claim) -> Outcome | None:
        """What this reason does to a claim; None: nothing."""
        return self.kind.effect(claim)


def worst(reasons: Iterable[Reason], claim: Claim) -> Outcome:
    """The verdict on one claim that these reasons amount to."""
    effects: list[Outcome] = ["CLEAN"]
    effects += [effect for reason in reasons if (effect := reason.effect(claim))]
    return max(effects, key=ORDER.index)
