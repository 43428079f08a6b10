# SPDX-License-Identifier: GPL-2.0-only
"""The verdict on a run and on its cases, as values."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from rig.evidence.record import RunRecord
from rig.judge.explanation import Explanation
from rig.judge.kinds import ORDER, Outcome
from rig.judge.oracle import NOTHING, Exercised, Share
from rig.judge.reasons import Reason
from rig.model.claim import Claim
from rig.model.guest import Clock

# What a claim comes to in one case.  Neither of the last two counts for the run.
Judgement = Outcome | Literal["known issue", "not judged"]

# From best to worst, for one case.
CASE_ORDER: tuple[Judgement, ...] = ("CLEAN", "known issue", "INCONCLUSIVE", "DIRTY")

NOTHING_KNOWN = Explanation((), (), ())

EXIT_STATUS: dict[Outcome, int] = {"CLEAN": 0, "DIRTY": 1, "INCONCLUSIVE": 2}


@dataclass(frozen=True)
class Figures:
    """How much a case has done; nothing is judged by it.

    Args:
        fences: published, as far as the series says so in the trace.
        jobs: in flight when a consumer looked into them.
        guest_seconds: of the guest's own time, to the last line of its log.
        host_seconds: of ours, from QEMU's start to its end.
    """

    fences: int
    jobs: int
    guest_seconds: float
    host_seconds: float


@dataclass(frozen=True)
class CaseVerdict:
    """The verdict on one case: per claim, and why.

    `scenario` is its name, `about` what it is about.  `lost`: why earlier attempts were lost.
    `control`: it shows what a driver that did not opt in does.  `exercised`: which rules were, and
    how often.  `share`: how much nobody could judge.
    """

    id: str
    driver: str
    scenario: str
    about: str
    seed: int
    claims: dict[Claim, Judgement]
    reasons: tuple[Reason, ...]
    reproduce: str
    figures: Figures
    known: Explanation = NOTHING_KNOWN
    lost: tuple[str, ...] = ()
    control: bool = False
    clock: Clock = "virtual"
    exercised: tuple[Exercised, ...] = ()
    share: Share = NOTHING

    @property
    def by_name(self) -> dict[str, Judgement]:
        """Its claims by their names."""
        return {claim.name: outcome for claim, outcome in self.claims.items()}

    @property
    def told(self) -> tuple[Claim, ...]:
        """As that of a run, as far as a case knows."""
        return tuple(
            claim
            for claim, outcome in self.claims.items()
            if claim.by_default or outcome != "not judged"
        )

    @property
    def outcome(self) -> Judgement:
        """The worst of the judged claims; a known issue is worse than CLEAN only."""
        judged = [claim for claim in self.claims.values() if claim != "not judged"]
        return max(judged, key=CASE_ORDER.index, default="INCONCLUSIVE")

    @property
    def red(self) -> bool:
        """Whether somebody must look at it: neither clean nor known."""
        return self.outcome in ("DIRTY", "INCONCLUSIVE")


@dataclass(frozen=True)
class Verdict:
    """The verdict on a run: the worst of its cases, per claim."""

    claims: dict[Claim, Judgement]
    cases: tuple[CaseVerdict, ...]
    reasons: tuple[Reason, ...]
    run: RunRecord

    @property
    def by_name(self) -> dict[str, Judgement]:
        """Its claims by their names."""
        return {claim.name: outcome for claim, outcome in self.claims.items()}

    @property
    def judged(self) -> tuple[Claim, ...]:
        """The claims that it is about."""
        return tuple(claim for claim, outcome in self.claims.items() if outcome != "not judged")

    @property
    def told(self) -> tuple[Claim, ...]:
        """The claims that people are told of: what only some series promise is nothing to those
        who did not ask."""
        return tuple(
            claim
            for claim, outcome in self.claims.items()
            if claim.by_default or outcome != "not judged" or claim in self.run.claims
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """For people: of the run, and what of its cases was not seen and need not be."""
        return tuple(
            dict.fromkeys((*self.run.notes, *(n for case in self.cases for n in case.known.notes)))
        )

    @property
    def outcome(self) -> Outcome:
        """The worst of the judged claims."""
        return worst_of(self.claims.values())

    @property
    def exit_status(self) -> int:
        """What the command line ends with."""
        return EXIT_STATUS[self.outcome]


def worst_of(outcomes: Collection[Judgement]) -> Outcome:
    """The worst of the judged ones; nothing judged is nothing proven."""
    judged = [outcome for outcome in ORDER if outcome in outcomes]
    return judged[-1] if judged else "INCONCLUSIVE"
