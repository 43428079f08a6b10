# SPDX-License-Identifier: GPL-2.0-only
"""The cases that wait for a guest, and which of them is next."""

from collections.abc import Iterable

from rig.evidence.durations import Durations
from rig.evidence.record import CaseRecord

# What is expected of a case that has never run, for each of its programs.
_SECONDS = 2.0


class CaseQueue:
    """Cases in the order in which they are to run.

    Args:
        cases: round by round: all of one clock and seed, then all of the next.
        durations: how long they took when they last ran.
    """

    def __init__(self, cases: Iterable[CaseRecord], durations: Durations) -> None:
        self._waiting = list(cases)
        self._durations = durations

    def first(self, cases: Iterable[CaseRecord]) -> None:
        """More cases, before all others."""
        self._waiting[:0] = cases

    def next(self) -> CaseRecord | None:
        """The first that waits; None when all have been taken."""
        return self._waiting.pop(0) if self._waiting else None

    def longest(self) -> CaseRecord | None:
        """The longest that waits, of the round that is under way.

        One that begins when all others have run has the machine to itself: half of it does nothing.
        """
        if not self._waiting:
            return None
        begun = _round(self._waiting[0])
        chosen = max((case for case in self._waiting if _round(case) == begun), key=self._expected)
        self._waiting.remove(chosen)
        return chosen

    def _expected(self, case: CaseRecord) -> float:
        known = self._durations.of(case)
        return _SECONDS * len(case.scenario.programs) if known is None else known


def _round(case: CaseRecord) -> tuple[str, int]:
    return case.clock, case.seed
