# SPDX-License-Identifier: GPL-2.0-only
"""Scenarios that shared a guest and are run alone after all, because that guest hung.

What a program hangs in, the ones after it may well hang in too, so they are not run there
(docs/reference/protocol.md); nothing is known of them then.
"""

from collections.abc import Iterable

from rig.evidence.case import CaseEvidence
from rig.evidence.record import CaseRecord
from rig.judge.case import judged_claims
from rig.judge.judged import JudgedCase
from rig.model.options import TOGETHER, Options
from rig.run.chosen import everyday
from rig.run.families import members
from rig.run.gate import Gate


class Members:
    """Plans the scenarios of families whose guests hung.

    Args:
        planned: the cases that are planned already.
    """

    def __init__(self, gate: Gate, options: Options, planned: Iterable[CaseRecord]) -> None:
        self._gate = gate
        self._options = options
        self._planned = {case.id for case in planned}

    def of(self, judged: JudgedCase) -> tuple[CaseRecord, ...]:
        """The cases to run besides, under the same seed and clock; none for most cases."""
        record = judged.evidence.record
        if record.scenario.about != TOGETHER or not hung_in(judged.evidence):
            return ()
        found = []
        for scenario in members(record.scenario, everyday(self._options)):
            case = self._gate.plan(scenario, record.seed, record.clock)
            if case.id not in self._planned and judged_claims(case):
                self._planned.add(case.id)
                found.append(case)
        return tuple(found)


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
