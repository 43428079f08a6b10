# SPDX-License-Identifier: GPL-2.0-only
"""`m2m-rig diff` and `m2m-rig union`, from arguments to what is printed."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from rig.base.console import printable_lines
from rig.campaign.own_file import with_file_of
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
    return printable_lines(diff.text(found)).encode()


def families(cases: Sequence[CaseGraph]) -> dict[str, tuple[CaseGraph, ...]]:
    """The cases by driver; scenarios of different drivers need not ever share a machine."""
    drivers = dict.fromkeys(case.driver for case in cases)
    return {driver: tuple(case for case in cases if case.driver == driver) for driver in drivers}


def judge_union(
    directory: Path, say: Callable[[str], None], prepare: Callable[[], Gate] | None
) -> int:
    """Say what no single boot could see; an exit status as that of a verdict.

    Args:
        directory: a run directory.
        prepare: makes the gate in which suspects are tried; None: they are not tried.
    """
    gate: Gate | None = None
    decisions: list[Decision] = []
    for driver, cases in families(read_run(directory)).items():
        total = union(case.graph for case in cases)
        found = suspects(cases)
        say(
            f"{driver}: {len(cases)} cases, {len(total.classes)} classes, {len(total.edges)} "
            f"edges, {len(found)} suspects"
        )
        for number, suspect in enumerate(found, 1):
            say(f"  {suspect}\n    seen in parts by {', '.join(suspect.cases)}")
            decision: Decision = "open"
            if prepare is not None:
                gate = gate or prepare()
                case = plan_suspect(suspect, f"together-{driver}-{number}", directory, gate)
                gate.run(case)
                decision = decide(suspect, read_case(gate.directory.case(case.id)))
                say(f"    {case.reproduce}")
            say(f"    {decision}")
            decisions.append(decision)
    if "confirmed" in decisions:
        return 1
    return 2 if "open" in decisions else 0


def plan_suspect(suspect: Suspect, name: str, directory: Path, gate: Gate) -> CaseRecord:
    """The case in which the scenarios that show the parts of a suspect share a guest.

    Its scenario is a file beside its evidence.
    """
    run = RunDir(directory)
    records = [load(run.case(id) / "case.json", CaseRecord) for id in suspect.cases]
    scenarios = {record.scenario.name: record.scenario for record in records}
    scenario = together(name, tuple(scenarios.values()))
    return with_file_of(scenario, gate).plan(scenario, records[0].seed)
