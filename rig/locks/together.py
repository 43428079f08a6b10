# SPDX-License-Identifier: GPL-2.0-only
"""Scenarios in one guest, so that lockdep decides what their graphs together only suggest."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypeVar

from rig.errors import InputError
from rig.evidence.case import CaseEvidence
from rig.evidence.lockgraph import normalise
from rig.locks.graph import stable_graph
from rig.locks.suspects import Suspect
from rig.scenario import NO_DRIVER, Expectations, Scenario, Shape

# "confirmed": lockdep reported it.  "dropped": it saw every part and had nothing to say.  "open":
# some part did not show again.
Decision = Literal["confirmed", "dropped", "open"]

# What lockdep calls what a suspect may be.
_REPORTS = (
    "circular-locking",
    "irq-lock-order",
    "irq-inversion",
    "inconsistent-lock-state",
    "recursive-locking",
)

T = TypeVar("T")


def together(name: str, scenarios: Sequence[Scenario]) -> Scenario:
    """One scenario that runs the programs of several, one after the other.

    It expects nothing: whether all parts of a suspect showed is asked of its lock graph.

    Raises:
        InputError: they cannot share a guest.
    """
    return Scenario(
        name=name,
        title="together: " + ", ".join(scenario.name for scenario in scenarios),
        driver=NO_DRIVER,
        workload=name,
        programs=tuple(
            replace(program, name=f"{scenario.name}.{program.name}")
            for scenario in scenarios
            for program in scenario.programs
        ),
        modules=_merged_modules(scenarios),
        hardware=_one("hardware", [s.hardware for s in scenarios if s.hardware is not None]),
        machine=Shape(
            cpus=max(scenario.machine.cpus for scenario in scenarios),
            memory=max(scenario.machine.memory for scenario in scenarios),
            turns=scenarios[0].machine.turns,
        ),
        claims=("locks",),
        sysctl={
            key: value
            for scenario in scenarios
            for key, value in _checked_sysctl(scenario, scenarios).items()
        },
        kernel_args=tuple(dict.fromkeys(arg for s in scenarios for arg in s.kernel_args)),
        scope=tuple(dict.fromkeys(path for s in scenarios for path in s.scope)),
        expect=Expectations(),
    )


def decide(suspect: Suspect, case: CaseEvidence) -> Decision:
    """What lockdep says of a suspect in a guest that ran its scenarios together."""
    wanted = {_printed(lock.name, lock.subclass) for lock in suspect.locks}
    for found in case.splats:
        names = {normalise(name) for name in found.splat.locks}
        if found.splat.kind in _REPORTS and wanted <= names:
            return "confirmed"
    alive = case.canary is not None and not case.splats
    graph = stable_graph(case)
    if not alive or graph is None:
        return "open"
    whole = set(suspect.edges) <= graph.edges and set(suspect.usage) <= graph.usage
    return "dropped" if whole else "open"


def _printed(name: str, subclass: int) -> str:
    return f"{name}/{subclass}" if subclass else name


def _merged_modules(scenarios: Sequence[Scenario]) -> tuple[str, ...]:
    entries: dict[str, str] = {}
    for scenario in scenarios:
        for entry in scenario.modules:
            name = entry.split()[0].replace("-", "_")
            if entries.setdefault(name, entry) != entry:
                raise InputError(f"{scenario.name} loads {entry!r}, another {entries[name]!r}")
    return tuple(entries.values())


def _checked_sysctl(scenario: Scenario, scenarios: Sequence[Scenario]) -> dict[str, str]:
    for other in scenarios:
        for key, value in scenario.sysctl.items():
            if other.sysctl.get(key, value) != value:
                raise InputError(f"{scenario.name} and {other.name} differ in sysctl {key}")
    return scenario.sysctl


def _one(what: str, values: Sequence[T]) -> T | None:
    for value in values:
        if value != values[0]:
            raise InputError(f"the scenarios differ in their {what}")
    return values[0] if values else None
