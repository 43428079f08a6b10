# SPDX-License-Identifier: GPL-2.0-only
"""Histories that a seed draws: a case holds the very calls, so nothing later changes what it is."""

from dataclasses import replace

from rig.model.exercise.draw import draw
from rig.model.exercise.history import text
from rig.model.plan import history_path
from rig.model.scenario import Program, Scenario

# The program that makes the calls of a history.
EXERCISE = "exercise"


def drawn(scenario: Scenario, seed: int) -> Scenario:
    """A scenario of which every program that exercises has a history, the seed's or its own."""
    if not any(map(_draws, scenario.programs)):
        return scenario
    programs = tuple(
        replace(program, history=draw(f"{seed} {program.name}", program.leave_out).lines)
        if _draws(program)
        else program
        for program in scenario.programs
    )
    return replace(scenario, programs=programs)


def history_files(scenario: Scenario) -> dict[str, bytes]:
    """The files of its histories, by their paths in the guest."""
    return {
        history_path(program): text(program.history).encode()
        for program in scenario.programs
        if program.history
    }


def _draws(program: Program) -> bool:
    return program.file == EXERCISE and not program.history
