# SPDX-License-Identifier: GPL-2.0-only
"""`m2m-rig compare`: what a run says that an earlier one did not, and whether that is worse.

A run is worse than another one if

- a case that both ran is: a claim has a worse verdict or is not judged any more, or, where no claim
  has a better one, there is a reason that was not there and belongs to no known issue;
- a case that only it ran is red;
- it lacks a case of the other one, though both chose the same;
- it has a reason of its own as a whole that the other one had not.

Lock orders, fences, jobs and guest time are told, and are neither better nor worse: a series may
well add an order, and where too little ran the verdict itself says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from rig.base.errors import InputError
from rig.judge.verdict import CASE_ORDER
from rig.locks import diff
from rig.locks.diff import LockDiff
from rig.report.summary import CaseSummary, ReasonSummary, Remembered, RunSummary

# What ends with this status is worse.
WORSE = 1

_ORDER: dict[str, int] = {outcome: at for at, outcome in enumerate(CASE_ORDER)}
# Nothing is known where nobody judges: that is a loss, and no verdict.
_NOT_JUDGED = "not judged"


@dataclass(frozen=True)
class CaseChange:
    """A case that both ran, and what of it is not as it was."""

    before: CaseSummary
    after: CaseSummary

    @property
    def claims(self) -> dict[str, tuple[str, str]]:
        """Claims of which the verdict is another one, with the old and the new."""
        names = dict.fromkeys((*self.before.claims, *self.after.claims))
        both = {
            name: tuple(each.claims.get(name, _NOT_JUDGED) for each in (self.before, self.after))
            for name in names
        }
        return {name: (old, new) for name, (old, new) in both.items() if old != new}

    @property
    def appeared(self) -> tuple[ReasonSummary, ...]:
        """Reasons that were not there."""
        return _less(self.after.reasons, self.before.reasons)

    @property
    def gone(self) -> tuple[ReasonSummary, ...]:
        """Reasons that are not there any more."""
        return _less(self.before.reasons, self.after.reasons)

    @property
    def same(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.claims or self.appeared or self.gone)

    @property
    def worse(self) -> bool:
        """As this module says."""
        pairs = self.claims.values()
        if any(_worse(old, new) for old, new in pairs):
            return True
        better = any(_worse(new, old) for old, new in pairs)
        return not better and any(not reason.known for reason in self.appeared)

    @property
    def flaky(self) -> bool:
        """Whether just the same was run, and a guest said something else."""
        before, after = self.before, self.after
        same = before.inputs and before.inputs == after.inputs
        return bool(same) and before.evidence != after.evidence


@dataclass(frozen=True)
class Comparison:
    """Two runs, beside each other."""

    old: Remembered
    new: Remembered

    @property
    def before(self) -> RunSummary:
        """The earlier one."""
        return self.old.run

    @property
    def after(self) -> RunSummary:
        """The later one."""
        return self.new.run

    @cached_property
    def both(self) -> tuple[CaseChange, ...]:
        """The cases that both ran, in the order of the later one."""
        known = self.before.by_id
        return tuple(
            CaseChange(known[case.id], case) for case in self.after.cases if case.id in known
        )

    @property
    def changed(self) -> tuple[CaseChange, ...]:
        """Those of which something is not as it was."""
        return tuple(each for each in self.both if not each.same)

    @property
    def added(self) -> tuple[CaseSummary, ...]:
        """Cases that only the later one ran."""
        return tuple(case for case in self.after.cases if case.id not in self.before.by_id)

    @property
    def lost(self) -> tuple[CaseSummary, ...]:
        """Cases that only the earlier one looked at."""
        return tuple(case for case in self.before.cases if self.after.has(case) is None)

    @property
    def appeared(self) -> tuple[ReasonSummary, ...]:
        """Reasons of the later run as a whole that the earlier one had not."""
        return _less(self.after.reasons, self.before.reasons)

    @property
    def gone(self) -> tuple[ReasonSummary, ...]:
        """Those that only the earlier one had."""
        return _less(self.before.reasons, self.after.reasons)

    @property
    def why_worse(self) -> tuple[str, ...]:
        """What makes the later one worse, a line each; none: it is not."""
        same_choice = self.before.chosen == self.after.chosen
        return (
            *(f"{each.after.id} is worse" for each in self.both if each.worse),
            *(f"{case.id} is new, and {case.verdict}" for case in self.added if case.red),
            *(f"{case.id} did not run" for case in self.lost if same_choice),
            *(f"the run: {reason.id}" for reason in self.appeared),
        )

    @property
    def exit_status(self) -> int:
        """What the command line ends with."""
        return WORSE if self.why_worse else 0

    @cached_property
    def locks(self) -> LockDiff | None:
        """The lock graphs of the cases that both ran; None: one of the two has none of them."""
        shared = {each.after.id for each in self.both}
        old, new = (
            [graph for graph in run.graphs if graph.case in shared] for run in (self.old, self.new)
        )
        if not old or not new:
            return None
        return diff.diff(str(self.old.path), old, str(self.new.path), new)


def compare(old: Remembered, new: Remembered) -> Comparison:
    """Put two runs beside each other.

    Raises:
        InputError: they have no case in common, so that there is nothing to compare.
    """
    found = Comparison(old, new)
    if not found.both:
        raise InputError(
            f"{old.path} and {new.path} have no case in common",
            hint="m2m-rig diff compares the lock orders of any two runs",
        )
    return found


def document(found: Comparison) -> dict[str, Any]:
    """The comparison for programs."""
    return {
        "schema": 1,
        "worse": list(found.why_worse),
        "verdict": [found.before.verdict, found.after.verdict],
        "claims": {
            name: [each.claims.get(name, _NOT_JUDGED) for each in (found.before, found.after)]
            for name in dict.fromkeys((*found.before.claims, *found.after.claims))
        },
        "changed": [
            {
                "id": each.after.id,
                "worse": each.worse,
                "same_inputs": each.flaky,
                "claims": {name: list(pair) for name, pair in each.claims.items()},
                "appeared": [asdict(reason) for reason in each.appeared],
                "gone": [asdict(reason) for reason in each.gone],
            }
            for each in found.changed
        ],
        "added": [case.id for case in found.added],
        "lost": [case.id for case in found.lost],
        "appeared": [asdict(reason) for reason in found.appeared],
        "gone": [asdict(reason) for reason in found.gone],
        "figures": {name: list(pair) for name, pair in figures(found).items()},
        "locks": diff.document(found.locks) if found.locks else None,
    }


def figures(found: Comparison) -> dict[str, tuple[float, float]]:
    """How much the cases that both ran have done, then and now."""
    then, now = [each.before for each in found.both], [each.after for each in found.both]
    return {
        "fences published": (sum(c.fences for c in then), sum(c.fences for c in now)),
        "jobs looked into": (sum(c.jobs for c in then), sum(c.jobs for c in now)),
        "guest seconds": (_seconds(then), _seconds(now)),
    }


def _seconds(cases: Iterable[CaseSummary]) -> float:
    return round(sum(case.guest_seconds for case in cases), 1)


def _worse(old: str, new: str) -> bool:
    if _NOT_JUDGED in (old, new):
        return new == _NOT_JUDGED
    return _ORDER.get(new, 0) > _ORDER.get(old, 0)


def _less(
    some: Sequence[ReasonSummary], others: Sequence[ReasonSummary]
) -> tuple[ReasonSummary, ...]:
    """The first reason of each kind that only some have."""
    known = {reason.key for reason in others}
    first: dict[tuple[str, str, bool], ReasonSummary] = {}
    for each in some:
        if each.key not in known:
            first.setdefault(each.key, each)
    return tuple(first.values())
