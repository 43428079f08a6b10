# SPDX-License-Identifier: GPL-2.0-only
"""From a scenario and a seed to the record of a case; nothing is looked at but values."""

from collections.abc import Sequence
from dataclasses import dataclass

from rig.evidence.record import CaseRecord, KernelFacts, RunRecord
from rig.machine.schedule import Schedule
from rig.model.claim import Claim
from rig.model.faults import Fault
from rig.model.guest import Clock
from rig.model.known import KnownIssue
from rig.model.options import Options
from rig.model.scenario import Scenario
from rig.run.chosen import case_command
from rig.run.drawn import drawn
from rig.run.rounds import repeated


@dataclass(frozen=True)
class Planner:
    """What the cases of one run have in common.

    Args:
        facts: what judging needs to know of the kernel.
        claims: that are asked for.
        options: what the user chose.
        known: defects on record, of all scenarios.
        fault: a mistake that every guest makes.
        notes: what must be said aloud with every verdict.
    """

    facts: KernelFacts
    claims: tuple[Claim, ...]
    options: Options
    known: tuple[KnownIssue, ...] = ()
    fault: Fault | None = None
    notes: tuple[str, ...] = ()

    def plan(self, scenario: Scenario, seed: int, clock: Clock | None = None) -> CaseRecord:
        """The record of one case, before it has run; `clock`: not that of the run."""
        if self.fault is not None:
            scenario = self.fault.planted(scenario)
        scenario = repeated(drawn(scenario, seed), self.options.rounds)
        clock = clock or self.options.clock
        periods = Schedule.of(seed, scenario.machine.turns).periods
        return CaseRecord(
            scenario=scenario,
            seed=seed,
            clock=clock,
            periods=periods if clock == "virtual" else (),
            claims=self.claims,
            kernel=self.facts,
            reproduce=case_command(self.options, scenario, seed, clock),
            fresh=self.options.fresh,
            known=tuple(
                issue
                for issue in self.known
                if issue.concerns(
                    scenario.name,
                    self.facts.series,
                    self.facts.release,
                    self.facts.patches,
                    self.facts.strict,
                )
            ),
        )

    def record(self, cases: Sequence[CaseRecord], drivers: Sequence[str] = ()) -> RunRecord:
        """What is written down of a run before it begins.

        Args:
            drivers: each of these must have a case that judges it.
        """
        return RunRecord(
            cases=tuple(case.id for case in cases),
            claims=self.claims,
            series=self.facts.series,
            kernel=self.facts.release,
            clock=" ".join(sorted({case.clock for case in cases}, reverse=True)),
            seeds=tuple(sorted({case.seed for case in cases})),
            reproduce=self.options.command(),
            options=self.options,
            drivers=tuple(drivers),
            changed=bool(self.facts.series_files),
            strict=self.facts.strict,
            notes=self.notes,
        )
