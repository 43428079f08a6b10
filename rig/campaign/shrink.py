# SPDX-License-Identifier: GPL-2.0-only
"""`m2m-rig shrink`: the smallest scenario that still shows what a red case showed."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rig.base.errors import InputError
from rig.campaign.own_file import with_file_of
from rig.evidence.case import read_case
from rig.evidence.record import CaseRecord
from rig.judge.judged import judge_folder
from rig.judge.oracles.uapi.judged import programs_that_broke
from rig.judge.reasons import Reason
from rig.judge.verdict import CaseVerdict, Verdict
from rig.model.exercise import smaller as histories
from rig.model.exercise.cprogram import c_program
from rig.model.exercise.history import parse
from rig.model.exercise.history import text as history_text
from rig.model.guest import Turns
from rig.model.scenario import Expectations, Program, Scenario
from rig.model.selection import matches
from rig.run.chosen import case_command
from rig.run.families import ordered
from rig.run.gate import Gate

# From one end of a schedule to the other.
_COARSER: dict[Turns, Turns] = {"fine": "coarse", "coarse": "uncut"}

# A step, and what it leaves.
_Step = tuple[str, Scenario]

_AMOUNT = re.compile(r"(--[a-z-]+=)(\d+)", re.ASCII)


# Guests that the search for the smallest may take.
MOST = 100

# Histories of one guest: what the first ones leave behind, the later ones meet.
BATCH = 6


def shrink(
    scenario: Scenario,
    first: Callable[[Sequence[Scenario]], int | None],
    tell: Callable[[str], None],
    batch: Callable[[Scenario], int] = lambda scenario: 1,
) -> Scenario:
    """Make a scenario smaller, step by step, for as long as it shows the same.

    Args:
        first: runs scenarios, and says which is the first that shows it; as one seed is one
            history, it has one answer.  None: none of them does, or there was no time to run them.
        tell: is given a line for each step that was taken.
        batch: how many scenarios that are smaller than one `first` is given at once.

    Returns:
        A scenario of which no smaller one of `smaller` shows it.
    """
    tried: set[str] = set()
    while True:
        candidates = [each for each in smaller(scenario) if repr(each[1]) not in tried]
        for some in _batches(candidates, batch(scenario)):
            shows = first([candidate for _, candidate in some])
            tried.update(repr(candidate) for _, candidate in some)
            if shows is not None:
                step, scenario = some[shows]
                tell(step)
                break
        else:
            return scenario


def _batches(candidates: Sequence[_Step], size: int) -> Iterator[Sequence[_Step]]:
    for at in range(0, len(candidates), size):
        yield candidates[at : at + size]


def smaller(scenario: Scenario) -> Iterator[tuple[str, Scenario]]:
    """All scenarios that are one step smaller, the longest steps first, each with its name."""
    if scenario.expect != Expectations():
        yield "without expectations", replace(scenario, expect=Expectations())
    count = len(scenario.programs)
    sizes = [size for size in dict.fromkeys((count // 2, count // 4, 1)) if 0 < size < count]
    for size in sizes:
        for at in range(0, count, size):
            gone = scenario.programs[at : at + size]
            left = scenario.programs[:at] + scenario.programs[at + size :]
            names = ", ".join(program.name for program in gone)
            yield f"without {names}", replace(scenario, programs=left)
    for at, program in enumerate(scenario.programs):
        for step, less in _shorter(program):
            programs = (*scenario.programs[:at], less, *scenario.programs[at + 1 :])
            yield step, replace(scenario, programs=programs)
    machine = scenario.machine
    if machine.cpus > 1:
        yield "one CPU", replace(scenario, machine=replace(machine, cpus=1))
    if turns := _COARSER.get(machine.turns):
        yield f"{turns} turns", replace(scenario, machine=replace(machine, turns=turns))
    for at, program in enumerate(scenario.programs):
        for step, less in _less_work(program):
            programs = (*scenario.programs[:at], less, *scenario.programs[at + 1 :])
            yield step, replace(scenario, programs=programs)


def _shorter(program: Program) -> Iterator[tuple[str, Program]]:
    """A program with a smaller history."""
    if program.history:
        for step, history in histories.smaller(parse(program.history)):
            if history.rounds:
                yield f"{program.name} {step}", replace(program, history=history.lines)


def _less_work(program: Program) -> Iterator[tuple[str, Program]]:
    """A program with one of its numbers made smaller."""
    for at, arg in enumerate(program.args):
        match = _AMOUNT.fullmatch(arg)
        amount = int(match[2]) if match else 0
        for less in dict.fromkeys((1, amount // 2)):
            if match and 0 < less < amount:
                args = (*program.args[:at], f"{match[1]}{less}", *program.args[at + 1 :])
                yield f"{program.name} {args[at]}", replace(program, args=args)


def find_red(verdict: Verdict, case: str | None, reason: str | None) -> tuple[CaseVerdict, Reason]:
    """The case to shrink, and what it must go on to show.

    Args:
        case: its id or its scenario's name, or a pattern of these; None: any.

    Raises:
        InputError: there is no such case, it is not red, or nobody gave this reason for it.
    """
    meant = [each for each in verdict.cases if case is None or _is_meant(each, case)]
    found = [each for each in meant if each.red] or (meant if case else [])
    if not found:
        red = ", ".join(each.id for each in verdict.cases if each.red)
        raise InputError(
            f"no case is called {case}" if case else "no case is red",
            hint=f"red are: {red}" if red else "there is nothing to shrink",
        )
    reasons = [each for each in found[0].reasons if reason in (None, each.id)]
    if not reasons:
        given = ", ".join(dict.fromkeys(each.id for each in found[0].reasons))
        raise InputError(
            f"{found[0].id} has no reason {reason}" if reason else f"{found[0].id} is not red",
            hint=f"it has: {given}" if given else "m2m-rig judge shows what is",
        )
    return found[0], reasons[0]


def write_small(small: Scenario, case: CaseRecord, gate: Gate) -> str:
    """Write a scenario that was made smaller into the run directory; the command that runs it."""
    named = ordered(replace(small, name=case.scenario.name))
    options = with_file_of(named, gate).options
    return case_command(options, named, case.seed, case.clock)


def write_histories(small: Scenario, case: CaseRecord, reason: str, gate: Gate) -> tuple[Path, ...]:
    """Write each history into the run directory, as it is and as a C program; the files."""
    written = []
    for program in small.programs:
        if not program.history:
            continue
        stem = gate.directory.path / f"{case.scenario.name}-{program.name}"
        title = f"{reason} on {small.driver}, by {len(parse(program.history).calls)} calls"
        source = c_program(parse(program.history), title)
        for path, content in (
            (stem.with_suffix(".history"), history_text(program.history)),
            (stem.with_suffix(".c"), source),
        ):
            path.write_text(content)
            written.append(path)
    return tuple(written)


def _is_meant(case: CaseVerdict, word: str) -> bool:
    return matches(word, case.id) or matches(word, case.scenario)


class Trial:
    """Runs scenarios under the seed and the clock of one case, and looks for one reason."""

    def __init__(self, gate: Gate, case: CaseRecord, wanted: str, most: int = MOST) -> None:
        self._gate = gate
        self._case = case
        self._wanted = wanted
        self._most = most
        self.runs = 0

    def first(self, scenarios: Sequence[Scenario]) -> int | None:
        """The first that shows the reason; several differ in the history of their one program, and
        share a guest."""
        if len(scenarios) == 1 or not self._can_share(scenarios[0]):
            return next((at for at, each in enumerate(scenarios) if self(each)), None)
        if self.runs >= self._most:
            return None
        programs = tuple(
            replace(each.programs[0], name=f"h{at}") for at, each in enumerate(scenarios)
        )
        folder = self._run(replace(scenarios[0], programs=programs))
        shown = programs_that_broke(read_case(folder), self._wanted)
        return next((at for at, each in enumerate(programs) if each.name in shown), None)

    def batch(self, scenario: Scenario) -> int:
        """How many smaller ones share a guest."""
        return BATCH if self._can_share(scenario) else 1

    def __call__(self, scenario: Scenario) -> bool:
        """Whether the reason is among those of a run of this scenario."""
        if self.runs >= self._most:
            return False
        verdict = judge_folder(self._run(scenario)).verdict
        return any(reason.id == self._wanted for reason in verdict.reasons)

    def _can_share(self, scenario: Scenario) -> bool:
        """A splat ends a guest; a rule that is broken tells by which program."""
        [*others, last] = scenario.programs
        return self._wanted.startswith("uapi.") and not others and bool(last.history)

    def _run(self, scenario: Scenario) -> Path:
        self.runs += 1
        named = replace(scenario, name=f"{self._case.scenario.name}-{self.runs}")
        case = self._gate.plan(named, self._case.seed, self._case.clock)
        self._gate.run(case)
        return self._gate.directory.case(case.id)
