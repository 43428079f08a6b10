# SPDX-License-Identifier: GPL-2.0-only
"""`m2m-rig diff` and `m2m-rig union`, from arguments to what is printed."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from rig.evidence.case import read_case
from rig.evidence.record import CaseRecord, RunDir, load
from rig.locks import diff
from rig.locks.decision import Decision, decide
from rig.locks.graph import CaseGraph, read_run, union
from rig.locks.picture import dot, svg
from rig.locks.suspects import Suspect, suspects
from rig.run.families import together
from rig.run.gate import Gate


def write_diff(before: Path, after: Path, format: str) -> bytes:
    """The comparison of two run directories in one of `rig.locks.FORMATS`."""
    found = diff.diff_runs(before, after)
    if format == "json":
        return (json.dumps(diff.document(found), indent=1) + "\n").encode()
    if format == "dot":
        return dot(found).encode()
    if format == "svg":
        return svg(dot(found))
    return diff.text(found).encode()


def families(cases: Sequence[CaseGraph]) -> dict[str, tuple[CaseGraph, ...]]:
    """The cases by driver; scenarios of different drivers need not ever share a machine."""
    drivers = dict.fromkeys(case.driver for case in cases)
    return {driver: tuple(case for case in cases if case.driver == driver) for driver in drivers}


def judge_union(
    directory: Path, tell: Callable[[str], None], prepare: Callable[[], Gate] | None
) -> int:
    """Tell what no single boot could see; an exit status as that of a verdict.

    Args:
        directory: a run directory.
        prepare: makes the gate in which suspects are tried; None: they are not tried.
    """
    gate: Gate | None = None
    decisions: list[Decision] = []
    for driver, cases in families(read_run(directory)).items():
        total = union(case.graph for case in cases)
        found = suspects(cases)
        tell(
            f"{driver}: {len(cases)} cases, {len(total.classes)} classes, {len(total.edges)} "
            f"edges, {len(found)} suspects"
        )
        for number, suspect in enumerate(found, 1):
            tell(f"  {suspect}\n    seen in parts by {', '.join(suspect.cases)}")
            decision: Decision = "open"
            if prepare is not None:
                gate = gate or prepare()
                name = f"together-{driver}-{number}"
                decision = _try(suspect, name, RunDir(directory), gate)
            tell(f"    {decision}")
            decisions.append(decision)
    if "confirmed" in decisions:
        return 1
    return 2 if "open" in decisions else 0


def _try(suspect: Suspect, name: str, directory: RunDir, gate: Gate) -> Decision:
    records = [load(directory.case(id) / "case.json", CaseRecord) for id in suspect.cases]
    scenarios = {record.scenario.name: record.scenario for record in records}
    case = gate.plan(together(name, tuple(scenarios.values())), records[0].seed)
    gate.run(case)
    return decide(suspect, read_case(gate.directory.case(case.id)))
