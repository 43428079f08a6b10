# SPDX-License-Identifier: GPL-2.0-only
"""How long cases took on this machine: for the time left, and for nothing that is judged."""

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from rig.evidence.record import CaseRecord

FILE: Final = "durations.json"


class Durations:
    """Seconds that cases of each kind took when they last ran.

    Args:
        path: where they are kept; a file that cannot be read or written is no loss.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, float] = {}
        try:
            stored = json.loads(path.read_text())
            self._known = {str(kind): float(seconds) for kind, seconds in stored.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            pass

    def of(self, case: CaseRecord) -> float | None:
        """Seconds to expect; None for what never ran."""
        return self._known.get(_kind(case))

    def learn(self, case: CaseRecord, seconds: float) -> None:
        """A case has run."""
        self._known[_kind(case)] = round(seconds, 1)

    def save(self) -> None:
        """Keep them for the next run."""
        scratch = self._path.with_name(f"{FILE}.{time.time_ns()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            scratch.write_text(json.dumps(self._known, indent=1, sort_keys=True) + "\n")
            scratch.replace(self._path)
        except OSError:
            scratch.unlink(missing_ok=True)


class Estimate:
    """The time that is left of a run.

    What was expected of each case is corrected by how the cases so far compare with it: the host
    may be busier today.

    Args:
        cases: all that are to run.
        jobs: guests at once.
    """

    def __init__(self, durations: Durations, cases: Iterable[CaseRecord], jobs: int) -> None:
        self._durations = durations
        self._expected = {case.id: durations.of(case) for case in cases}
        self._jobs = jobs
        self._started: dict[str, float] = {}
        self._over: set[str] = set()
        # Sums of what has ended: all of it, and what was expected and taken where both are known.
        self._took = self._wanted = self._compared = 0.0
        known = [seconds for seconds in self._expected.values() if seconds is not None]
        self._usual = sum(known) / len(known) if known else None

    def add(self, cases: Iterable[CaseRecord]) -> None:
        """More cases are to run."""
        self._expected |= {case.id: self._durations.of(case) for case in cases}

    def start(self, id: str, now: float) -> None:
        """A case begins at a time of the monotonic clock."""
        self._started[id] = now

    def end(self, id: str, now: float) -> float:
        """A case has ended; the seconds that it took."""
        took = now - self._started.pop(id)
        self._over.add(id)
        self._took += took
        if (expected := self._expected[id]) is not None:
            self._wanted += expected
            self._compared += took
        return took

    def running(self, id: str, now: float) -> tuple[float, float | None]:
        """For how long a case runs, and how long it should; None if nobody knows."""
        return now - self._started[id], self._corrected(id)

    def left(self, now: float) -> float | None:
        """Seconds; None if nothing is known yet."""
        total = longest = 0.0
        for id in self._expected.keys() - self._over:
            expected = self._corrected(id)
            if expected is None:
                return None
            spent = now - self._started[id] if id in self._started else 0.0
            rest = max(expected - spent, 0.0)
            total += rest
            longest = max(longest, rest)
        return max(total / self._jobs, longest)

    def _corrected(self, id: str) -> float | None:
        expected = self._expected[id]
        if expected is not None:
            return expected * (self._compared / self._wanted if self._wanted else 1.0)
        return self._took / len(self._over) if self._over else self._usual


def _kind(case: CaseRecord) -> str:
    return f"{case.scenario.name} {case.clock} {case.fresh}"
