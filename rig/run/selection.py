# SPDX-License-Identifier: GPL-2.0-only
"""What options select: scenarios, cases, and the kernel that they need; nothing is built."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rig.base.errors import InputError
from rig.base.paths import DELAYS
from rig.kernel import reading, series
from rig.kernel.fragment import Wish
from rig.kernel.layout import Layout
from rig.kernel.own import UserTree, is_range
from rig.kernel.request import KernelRequest
from rig.kernel.series import Series
from rig.kernel.source import Catalogue, KernelSource
from rig.model.guest import Clock
from rig.model.options import Options
from rig.model.release import in_range
from rig.model.scenario import Scenario
from rig.run.catalogues import planted
from rig.run.chosen import is_long
from rig.run.families import in_order


def kernel_request(options: Options, scenarios: Sequence[Scenario] = ()) -> KernelRequest:
    """What is to be built; nothing is built yet.

    Args:
        scenarios: that are to run, for what they ask of the kernel.

    Raises:
        InputError: no such kernel, series or patch; scenarios that cannot have one kernel.
    """
    layout = Layout.bundled()
    source = Catalogue.load(layout.kernels).find(options.kernel)
    if is_range(options.series):
        source, wanted = _own_commits(source, options.series)
    else:
        wanted = series.load(options.series, layout.series)
    fault = planted(options)
    given = reading.of_files((*options.patches, *(fault.patches if fault else ())))
    return KernelRequest(
        source=source,
        series=wanted if options.upto is None else wanted.prefix(options.upto),
        patches=given.patches,
        notes=(*wanted.notes, *given.notes),
        profile=options.profile,
        fragments=options.fragments,
        config=options.config,
        wanted=_wanted(scenarios),
        modules=_own_modules(scenarios),
        strict=options.strict,
    )


def _wanted(scenarios: Sequence[Scenario]) -> tuple[Wish, ...]:
    """The symbols that scenarios ask for: they share one kernel."""
    wishes: dict[str, Wish] = {}
    for scenario in scenarios:
        for symbol, value in scenario.config.items():
            place = f"scenario {scenario.name}"
            former = wishes.setdefault(symbol, Wish(symbol, value, place))
            if former.value != value:
                raise InputError(
                    f"{place} wants {symbol}={value}, {former.place} wants {former.value}",
                    hint="run them one by one",
                )
    return tuple(wishes.values())


def _own_modules(scenarios: Sequence[Scenario]) -> tuple[Path, ...]:
    """The directories of modules that scenarios bring along."""
    found: dict[str, Path] = {}
    for scenario in scenarios:
        for path in (*map(Path, scenario.module_sources), *([DELAYS] if scenario.delays else [])):
            former = found.setdefault(path.name, path)
            if former != path:
                raise InputError(
                    f"two directories of modules are called {path.name}: {former}, {path}",
                    hint="rename one of them",
                )
    return tuple(found.values())


def _own_commits(source: KernelSource, spec: str) -> tuple[KernelSource, Series]:
    """A range of commits of the user's tree: what it starts from, and what it adds."""
    if source.kind != "directory" or source.path is None:
        raise InputError(
            f"--series {spec} is a range of commits, and --kernel is no git tree",
            hint=f"name the tree that has them: --kernel ~/src/linux --series {spec}",
        )
    theirs = UserTree(source.path)
    commits = theirs.range(spec)
    return replace(source, commit=commits.base), theirs.series(commits)


def settled(options: Options, request: KernelRequest) -> Options:
    """The options, with commits where the user named a branch: it is elsewhere tomorrow."""
    if not is_range(options.series):
        return options
    return replace(options, series=request.series.origin)


def suiting(scenarios: Sequence[Scenario], release: str) -> tuple[Scenario, ...]:
    """Those scenarios that a kernel of this release has everything for.

    Raises:
        InputError: there are some, and none of them is.
    """
    suited = tuple(each for each in scenarios if in_range(release, each.kernels))
    if scenarios and not suited:
        names = ", ".join(each.name for each in scenarios)
        ranges = " or ".join(dict.fromkeys(each.kernels for each in scenarios))
        raise InputError(
            f"not for Linux {release}: {names}", hint=f"choose a kernel {ranges} with --kernel"
        )
    return suited


def chosen_cases(
    options: Options, scenarios: Sequence[Scenario]
) -> tuple[tuple[Scenario, int, Clock], ...]:
    """Every scenario under every seed, of which this shard has its share.

    Seed by seed: what is stopped half way has met all scenarios.  In a soak those that are there
    for their length have one seed: they look for what comes with numbers, not with schedules.

    Raises:
        InputError: there are some, and this shard has none of them.
    """
    rounds: list[tuple[Clock, int]] = [(options.clock, seed) for seed in options.seeds]
    rounds += [("real", seed) for seed in options.real_seeds]
    cases = [
        (in_order(scenario, seed), seed, clock)
        for clock, seed in rounds
        for scenario in scenarios
        if not (options.soak and is_long(scenario) and (clock, seed) != rounds[0])
    ]
    first, step = options.shard
    share = tuple(cases[first - 1 :: step])
    if cases and not share:
        raise InputError(
            f"shard {first}/{step} has no case: there {'is' if len(cases) == 1 else 'are'} "
            f"{len(cases)}",
            hint="choose more cases, or fewer shards",
        )
    return share
