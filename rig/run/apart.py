# SPDX-License-Identifier: GPL-2.0-only
"""Families whose guests were red, taken apart: scenarios run alone, until the guilty are named.

A scenario that ended well in a guest that was watched to its end is cleared by it.  It runs alone
only if none of the others shows what the family showed.  Of a guest in which lockdep was off at the
end, or which did not come to its end, nobody knows from when on it was blind: all of them run.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from rig.evidence.case import CaseEvidence
from rig.evidence.ktap import KtapTest
from rig.evidence.record import CaseRecord
from rig.judge import apart
from rig.judge.case import judged_claims
from rig.judge.judged import JudgedCase
from rig.judge.verdict import CaseVerdict
from rig.model.claim import Premise
from rig.model.options import Options
from rig.model.scenario import Scenario
from rig.run.chosen import everyday
from rig.run.families import is_family, member_of, members
from rig.run.gate import Gate


@dataclass
class _Family:
    """One that is being taken apart.

    Args:
        waiting: ids of members whose verdicts are still to come.
        rest: members that run if those do not name the guilty.
        alone: what was said of members in guests of their own.
    """

    verdict: CaseVerdict
    waiting: set[str]
    rest: list[CaseRecord]
    alone: list[CaseVerdict] = field(default_factory=list)

    @property
    def unnamed(self) -> bool:
        """Whether a reason is left that no member has shown."""
        return not all(apart.guilty(self.verdict, self.alone).values())


@dataclass(frozen=True)
class Step:
    """What a verdict leads to: cases that are to run besides, and lines for people."""

    cases: tuple[CaseRecord, ...] = ()
    told: tuple[str, ...] = ()


class Members:
    """Plans the scenarios of red families, as verdict after verdict comes in.

    Args:
        planned: the cases that are planned already.
    """

    def __init__(self, gate: Gate, options: Options, planned: Iterable[CaseRecord]) -> None:
        self._gate = gate
        self._options = options
        self._planned = {case.id: case for case in planned}
        self._added: dict[str, list[CaseRecord]] = {}
        self._apart: dict[str, list[str]] = {}
        self._families: list[_Family] = []
        self._judged: dict[str, CaseVerdict] = {}

    @property
    def cases(self) -> tuple[CaseRecord, ...]:
        """All cases, those that came last family by family: an order that no timing changes."""
        late = (case for id in self._planned for case in self._added.get(id, ()))
        return (*self._planned.values(), *late)

    @property
    def apart(self) -> dict[str, tuple[str, ...]]:
        """The families that were taken apart, and the cases that show their scenarios, by id."""
        return {id: tuple(self._apart[id]) for id in self._planned if id in self._apart}

    def of(self, judged: JudgedCase) -> Step:
        """What follows from a verdict; nothing from most."""
        verdict = judged.verdict
        self._judged[verdict.id] = verdict
        if verdict.red and is_family(judged.evidence.record.scenario):
            return self._split(judged)
        steps = [
            self._go_on(each, verdict) for each in self._families if verdict.id in each.waiting
        ]
        return Step(
            tuple(case for step in steps for case in step.cases),
            tuple(line for step in steps for line in step.told),
        )

    @cached_property
    def _everyday(self) -> tuple[Scenario, ...]:
        return everyday(self._options)

    def _split(self, judged: JudgedCase) -> Step:
        record = judged.evidence.record
        unproven = _unproven(judged)
        first: list[CaseRecord] = []
        rest: list[CaseRecord] = []
        for scenario in members(record.scenario, self._everyday):
            case = self._gate.plan(scenario, record.seed, record.clock)
            if judged_claims(case):
                (first if scenario.name in unproven else rest).append(case)
        family = _Family(judged.verdict, set(), rest)
        self._families.append(family)
        more = self._run(family, first)
        if not family.waiting:
            more = self._next(family)
        why = f" hung in {hung}" if (hung := hung_in(judged.evidence)) else " is red"
        return Step(more, self._tell(f"{record.id}{why}", family, more))

    def _go_on(self, family: _Family, verdict: CaseVerdict) -> Step:
        family.waiting.remove(verdict.id)
        family.alone.append(verdict)
        if family.waiting:
            return Step()
        more = self._next(family)
        return Step(more, self._tell(f"{family.verdict.id} is not explained", family, more))

    def _next(self, family: _Family) -> tuple[CaseRecord, ...]:
        rest, family.rest = family.rest, []
        return self._run(family, rest) if family.unnamed else ()

    def _run(self, family: _Family, wanted: Iterable[CaseRecord]) -> tuple[CaseRecord, ...]:
        """Take members in; which of them are new."""
        new = []
        for case in wanted:
            self._apart.setdefault(family.verdict.id, []).append(case.id)
            if case.id in self._judged:
                family.alone.append(self._judged[case.id])
                continue
            family.waiting.add(case.id)
            if case.id not in self._planned:
                self._added.setdefault(family.verdict.id, []).append(case)
                new.append(case)
        return tuple(new)

    @staticmethod
    def _tell(why: str, family: _Family, more: tuple[CaseRecord, ...]) -> tuple[str, ...]:
        if more:
            runs = "scenario of it runs" if len(more) == 1 else "scenarios of it run"
            return (f"{why}: {len(more)} {runs} alone",)
        if family.waiting:
            return ()
        return tuple(
            f"{family.verdict.id}: {line}" for line in apart.told(family.verdict, family.alone)
        )


def _unproven(judged: JudgedCase) -> set[str]:
    """The members of a family of which its guest proves nothing."""
    case = judged.evidence
    known = judged.verdict.known.explained
    blind = any(
        reason.kind.premise is Premise.LOCKDEP for reason in (*judged.verdict.reasons, *known)
    )
    well = {test.name for test in case.results.tests if _went_well(test)}
    return {
        member_of(program)
        for program in case.record.scenario.programs
        if blind or not case.dump.complete or program.name not in well
    }


def _went_well(test: KtapTest) -> bool:
    return test.ok and not test.directive and all(map(_went_well, test.children))


def hung_in(case: CaseEvidence) -> str:
    """The program that a guest hung in; "" if it did not hang."""
    for test in case.results.tests:
        if test.directive == "TIMEOUT":
            return test.name
    if case.guest is None or case.guest.end != "stalled":
        return ""
    ended = {test.name for test in case.results.tests if test.directive != "MISSING"}
    programs = (program.name for program in case.record.scenario.programs)
    return next((name for name in programs if name not in ended), "its last step")
