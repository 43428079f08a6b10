# SPDX-License-Identifier: GPL-2.0-only
"""An oracle: what it looks at, what its silence is worth, and which reasons it gives."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from rig.evidence.case import CaseEvidence
from rig.judge.kinds import Kind
from rig.judge.reasons import Reason
from rig.model.claim import Claim

# One look at the evidence of a case: a pure function.
Look = Callable[[CaseEvidence], Iterator[Reason]]


@dataclass(frozen=True, slots=True)
class Exercised:
    """How often a case put one rule of an oracle to the test.

    Args:
        rule: its id.
        differs: what was otherwise than usual, one line; "" if nothing was.  Never a reason.
    """

    rule: str
    times: int
    differs: str = ""


Count = Callable[[CaseEvidence], Iterator[Exercised]]


@dataclass(frozen=True, slots=True)
class Share:
    """How much of what a case showed an oracle could not judge: `unsure` of `all`."""

    unsure: int = 0
    all: int = 0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.unsure + other.unsure, self.all + other.all)


NOTHING: Final = Share()


@dataclass(frozen=True, slots=True)
class Oracle:
    """One oracle.  Its texts are Markdown; links are relative to docs/reference.

    Args:
        name: by which people and reports know it.
        rank: whose reasons are told first among equals, the lowest.
        looks_at, proves, not_proven: what it goes by, what its silence proves, and what not.
        kinds: the reasons that it gives; others give some of them, too.
        looks: at each case; none where it is asked about something else than a case.
        counts: how often each of its rules was exercised; None if it has no rules.
        share: how much it could not judge; None if it never says so.
    """

    name: str
    rank: int
    looks_at: str
    proves: str
    not_proven: str
    kinds: tuple[Kind, ...]
    looks: tuple[Look, ...] = ()
    counts: Count | None = None
    share: Callable[[CaseEvidence], Share] | None = None

    def judges(self, claim: Claim) -> bool:
        """Whether it has something to say about a claim itself, not only about a premise of it."""
        return any(claim in kind.effects for kind in self.kinds)

    def reason(self, kind: Kind, text: str) -> Reason:
        """A reason that it gives when it is asked about something else than a case."""
        return self._signed(Reason(kind, text))

    def asked(self, look: Look, case: CaseEvidence) -> tuple[Reason, ...]:
        """The reasons that it gives for a case, with its name on them.

        Raises:
            ValueError: it gives a reason of a kind that it does not say it gives.
        """
        return tuple(map(self._signed, look(case)))

    def _signed(self, reason: Reason) -> Reason:
        if reason.kind not in self.kinds:
            raise ValueError(f"{self.name} does not say that it gives {reason.kind.id}")
        return replace(reason, oracle=self.name)
