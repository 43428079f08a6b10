# SPDX-License-Identifier: GPL-2.0-only
"""Histories that a seed draws: a case holds the very calls, so nothing later changes what it is."""

from dataclasses import replace
from random import Random
from typing import Final

from rig.model.exercise.draw import draw
from rig.model.exercise.history import text
from rig.model.plan import history_path
from rig.model.scenario import Program, Scenario

# The program that makes the calls of a history.
EXERCISE = "exercise"

# How many seeds draw faults of the hardware, and for which jobs: the first, which there is for
# certain, and up to two more.
_SHARE: Final = 0.25
_JOBS: Final = 12
_MORE: Final = 2


def drawn(scenario: Scenario, seed: int) -> Scenario:
    """A scenario of which every program that exercises has a history, the seed's or its own."""
    if not any(map(_draws, scenario.programs)):
        return scenario
    scenario = _with_mishaps(scenario, seed)
    faulty = bool(scenario.hardware and scenario.hardware.faults)
    programs = tuple(
        replace(
            program, history=draw(f"{seed} {program.name}", program.leave_out, faulty=faulty).lines
        )
        if _draws(program)
        else program
        for program in scenario.programs
    )
    return replace(scenario, programs=programs)


def _with_mishaps(scenario: Scenario, seed: int) -> Scenario:
    """The same, whose hardware may fail in some jobs."""
    random = Random(f"{seed} {scenario.name} mishaps")
    if not scenario.mishaps or not scenario.hardware or random.random() >= _SHARE:
        return scenario
    jobs = (0, *(random.randrange(_JOBS) for _ in range(random.randint(0, _MORE))))
    items = ((job, *random.choice(scenario.mishaps).split(":")) for job in jobs)
    faults = ",".join(f"{block}:{job}:{fault}" for job, block, fault in items)
    return replace(scenario, hardware=replace(scenario.hardware, faults=faults))


def history_files(scenario: Scenario) -> dict[str, bytes]:
    """The files of its histories, by their paths in the guest."""
    return {
        history_path(program): text(program.history).encode()
        for program in scenario.programs
        if program.history
    }


def _draws(program: Program) -> bool:
    return program.file == EXERCISE and not program.history
