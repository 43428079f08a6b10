# SPDX-License-Identifier: GPL-2.0-only
"""From what a user asked for to scenarios, and from a case back to what asks for just it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rig.base.errors import InputError
from rig.base.paths import KERNEL_CONFIG, SCENARIOS
from rig.kernel.series import bundled_names
from rig.model import templates
from rig.model.guest import Clock
from rig.model.options import RUN, Options
from rig.model.scenario import SUFFIX, Scenario, load, load_all
from rig.model.selection import Pool, is_pattern, matches, select
from rig.run.families import families, is_family, member_names

# Scenarios that are there for their length, below the others.
LONG = "soak"

# Those of drivers that the default kernel does not have, below the others.
WIDE = "wide"

# Of what shares guests this one has one to itself as well, before all others: in a second it shows
# that the kernel boots, that lockdep lives, and a driver at work.
FIRST = "vim2m-export"


def chosen_scenarios(options: Options) -> tuple[Scenario, ...]:
    """Read the scenarios that the user asked for, bundled ones unless files are named.

    Raises:
        InputError: as `rig.model.scenario.load` and `select`; two have the same name.
    """
    pool = _own(options.scenario_files) if options.scenario_files else bundled(soak=options.soak)
    _refuse_equal_names(pool)
    _refuse_series(options, pool)
    chosen = select(pool, options)
    return _held_up(options, chosen if options.isolated else _sharing(chosen, options.names))


def _held_up(options: Options, scenarios: Sequence[Scenario]) -> tuple[Scenario, ...]:
    """With delays, if they are asked for."""
    if not options.delays:
        return tuple(scenarios)
    return tuple(replace(scenario, delays=options.delays) for scenario in scenarios)


def _sharing(chosen: Sequence[Scenario], words: Sequence[str]) -> tuple[Scenario, ...]:
    """The fewest guests: what a chosen family does needs none of its own, unless it is named."""
    shared = tuple(filter(is_family, chosen))
    inside = {name for family in shared for name in member_names(family)}
    first = tuple(each for each in chosen if each.name == FIRST and FIRST in inside)
    alone = (each for each in chosen if each.name not in inside or _is_named(each, words))
    return (*first, *shared, *(each for each in alone if each not in (*first, *shared)))


def _is_named(scenario: Scenario, words: Sequence[str]) -> bool:
    return any(not is_pattern(word) and matches(word, scenario.name) for word in words)


def built_for(options: Options, chosen: Sequence[Scenario]) -> tuple[Scenario, ...]:
    """The scenarios whose kernel and image a run has: of files that are named all, chosen or not.

    So one case of a run is run again with what it had.
    """
    named = tuple(map(load, options.scenario_files))
    return _held_up(options, named) or tuple(chosen)


def bundled(*, soak: bool = False) -> Pool:
    """What comes with the rig.  Folders below hold what is not of every day: programs of others,
    what shows a defect that no scenario of every day meets, what is long.

    Args:
        soak: what is long is usual, too.
    """
    usual = load_all(SCENARIOS)
    folders = {path.name: load_all(path) for path in sorted(SCENARIOS.iterdir()) if path.is_dir()}
    folders.pop(WIDE, ())
    long = folders.pop(LONG, ()) if soak else ()
    rare = tuple(scenario for scenarios in folders.values() for scenario in scenarios)
    asked = wide()
    return Pool((*usual, *long, *families(usual)), (*asked, *families(asked), *rare))


def wide() -> tuple[Scenario, ...]:
    """The scenarios of drivers that the default kernel does not have."""
    return (*templates.made(), *load_all(SCENARIOS / WIDE))


def everyday(options: Options) -> tuple[Scenario, ...]:
    """The scenarios of which families are made: the bundled ones, unless files are named."""
    files = options.scenario_files
    if files:
        return tuple(map(load, files))
    return (*load_all(SCENARIOS), *wide())


def is_long(scenario: Scenario) -> bool:
    """Whether a bundled scenario is there for its length."""
    return (SCENARIOS / LONG / f"{scenario.name}{SUFFIX}").is_file()


def case_command(options: Options, scenario: Scenario, seed: int, clock: Clock) -> str:
    """The command line that runs one case of a run, and no other."""
    alone = replace(
        options,
        verb=RUN,
        names=(scenario.name,),
        drivers=(),
        about=(),
        isolated=False,
        seeds=(seed,),
        real_seeds=(),
        clock=clock,
        shard=(1, 1),
    )
    return alone.command("seeds")


def _own(files: Sequence[Path]) -> Pool:
    """Scenarios of the user's; they share guests only if somebody asks."""
    for path in files:
        if not path.name.endswith(SUFFIX):
            raise InputError(f"{path} is no scenario", hint=f"their names end in {SUFFIX}")
    scenarios = tuple(map(load, files))
    return Pool(scenarios, families(scenarios))


def _refuse_equal_names(pool: Pool) -> None:
    names = [scenario.name for scenario in pool.all]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"two scenarios are called {name!r}", hint="rename one of them")


def _refuse_series(options: Options, pool: Pool) -> None:
    """Who types a series where a scenario is wanted is told how a series is given."""
    scenarios = {scenario.name for scenario in pool.all}
    for name in set(options.names) - scenarios:
        if name in bundled_names(KERNEL_CONFIG / "series"):
            raise InputError(
                f"{name} is a series, and no scenario",
                hint=f"m2m-rig {options.verb} --series {name}",
            )
