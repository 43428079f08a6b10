# SPDX-License-Identifier: GPL-2.0-only
"""The programs of a case again and again in one guest: CPU time is spent on races, not on boots."""

from dataclasses import replace
from typing import Final

from rig.model.scenario import Scenario

# Of a trace's buffer on each virtual CPU: the most that a guest has memory for.
_TRACE_KIB: Final = 65536


def repeated(scenario: Scenario, rounds: int) -> Scenario:
    """The same with the programs of all rounds, each with the number of its round.

    Args:
        scenario: whose histories are drawn: all rounds make the same calls.
        rounds: what the user chose; 1: what the scenario says.
    """
    times = rounds if rounds > 1 else scenario.rounds
    if times == 1:
        return scenario
    programs = tuple(
        replace(program, name=f"{program.name}-{number}")
        for number in range(1, times + 1)
        for program in scenario.programs
    )
    kib = max(scenario.trace_kib, min(_TRACE_KIB, scenario.trace_kib * times))
    return replace(scenario, programs=programs, rounds=times, trace_kib=kib)
