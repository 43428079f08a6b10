# SPDX-License-Identifier: GPL-2.0-only
"""From what the user asked for to a gate that is ready to run."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rig.base.cache import Cache
from rig.base.errors import InputError
from rig.base.paths import FAULTS, IMAGES, KNOWN_ISSUES, SCENARIOS
from rig.base.progress import Progress
from rig.evidence.record import CaseRecord, KernelFacts, RunDir
from rig.host.tools import cross_prefix
from rig.image.busybox import busybox
from rig.image.initramfs import GuestImage, build_image
from rig.image.outside import Outside
from rig.image.own import add_own
from rig.judge.reasons import require_ids
from rig.kernel import series
from rig.kernel.build import OWN_MODULES, build
from rig.kernel.fragment import Wish
from rig.kernel.layout import Layout
from rig.kernel.own import UserTree, is_range
from rig.kernel.record import KernelBuild
from rig.kernel.request import KernelRequest
from rig.kernel.series import Series
from rig.kernel.source import Catalogue, KernelSource
from rig.model import faults
from rig.model.faults import Catalogue as Mistakes
from rig.model.faults import Fault
from rig.model.guest import Clock
from rig.model.known import KnownIssue
from rig.model.known import load_all as load_known
from rig.model.options import TOGETHER, Options
from rig.model.scenario import SUFFIX, Scenario, load, load_all, select
from rig.run.families import families, in_order, shared
from rig.run.gate import Gate, require_place, run_folder
from rig.run.snapshot import Snapshots

# How line tables name the sources of the user's modules.
OWN_SOURCES = f"rig-modules/{OWN_MODULES}"

# Scenarios that are there for their length, below the others.
LONG = "soak"

# Those that run only if their workload is named: programs of others, and what shows a defect that
# no scenario of every day meets.
ASKED = ("outside", "findings")


def planted(options: Options) -> Fault | None:
    """The mistake to plant, if one was chosen."""
    return planted_mistakes().find([options.fault])[0] if options.fault else None


def chosen_scenarios(options: Options) -> tuple[Scenario, ...]:
    """Read the scenarios that the user asked for, bundled ones unless files are named.

    Raises:
        InputError: as `rig.model.scenario.load` and `select`; two have the same name.
    """
    paths = options.selection.paths
    for path in paths:
        if not path.name.endswith(SUFFIX):
            raise InputError(f"{path} is no scenario", hint=f"their names end in {SUFFIX}")
    everyday = tuple(map(load, paths)) if paths else load_all(SCENARIOS)
    known = everyday if paths else (*everyday, *_others(options))
    cumulative = options.selection.cumulative
    if not cumulative and (not paths or TOGETHER in options.selection.workloads):
        known += families(everyday)
    names = [scenario.name for scenario in known]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"two scenarios are called {name!r}", hint="rename one of them")
    chosen = select(known, options.selection)
    if not cumulative:
        return chosen
    usual = {scenario.name for scenario in everyday}
    return (
        *shared(tuple(scenario for scenario in chosen if scenario.name in usual)),
        *(scenario for scenario in chosen if scenario.name not in usual),
    )


def _others(options: Options) -> tuple[Scenario, ...]:
    """What is not of every day: if its workload is named, and what is long also for a soak."""
    long = load_all(SCENARIOS / LONG)
    named = options.selection.workloads
    rare = tuple(scenario for name in ASKED for scenario in load_all(SCENARIOS / name))
    return tuple(
        scenario
        for scenario in (*long, *rare)
        if (options.soak and scenario in long) or scenario.workload in named
    )


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
    patches = (*options.patches, *(fault.patches if fault else ()))
    return KernelRequest(
        source=source,
        series=wanted if options.upto is None else wanted.prefix(options.upto),
        patches=series.read_patches(patches),
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
        for path in map(Path, scenario.module_sources):
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


def guest_image(
    kernel: KernelBuild, cache: Cache, progress: Progress, scenarios: Sequence[Scenario] = ()
) -> GuestImage:
    """The image for a kernel, with the programs that scenarios bring along.

    Raises:
        EnvironmentFailure: busybox cannot be had.
        InputError: a program of the guest does not compile.
    """
    image = build_image(kernel, IMAGES, busybox(cache, progress), cross_prefix(), cache)
    files = {
        program.command: Path(program.file)
        for scenario in scenarios
        for program in scenario.programs
        if program.own
    }
    return add_own(image, files, kernel, IMAGES / "workloads", cross_prefix())


def known_issues() -> tuple[KnownIssue, ...]:
    """The defects on record.

    Raises:
        InputError: a file of one is wrong, or names a reason that there is not.
    """
    issues = load_known(KNOWN_ISSUES)
    for issue in issues:
        signs = (*issue.signs, *issue.follows)
        require_ids((sign.reason for sign in signs), f"known issue {issue.name}")
    return issues


def planted_mistakes() -> Mistakes:
    """The mistakes that can be planted; errors as those of `known_issues`."""
    catalogue = faults.load(FAULTS)
    for fault in catalogue.faults:
        require_ids((id for ids in fault.shows.values() for id in ids), f"mistake {fault.id}")
    return catalogue


def prepare(options: Options, progress: Progress, scenarios: Sequence[Scenario] = ()) -> Gate:
    """Build what the gate needs, or find it in the cache, and open a run directory.

    Args:
        scenarios: that are to run, for what they ask of kernel and image.
    """
    cache = Cache.default(progress.note)
    request = kernel_request(options, scenarios)
    if not options.resume:
        # Before minutes are spent on a kernel.
        require_place(options.out)
    kernel = build(request, progress, cache=cache)
    image = guest_image(kernel, cache, progress, scenarios)
    progress.close()
    claims = options.claims or request.series.claims
    return Gate(
        kernel=kernel,
        image=image,
        facts=_facts(kernel, request),
        claims=claims,
        clock=options.clock,
        directory=(
            RunDir(options.resume)
            if options.resume
            else run_folder(options.out, request.series.name)
        ),
        cache=cache,
        outside=Outside(kernel, request, cross_prefix(), cache, progress),
        fresh=options.fresh,
        snapshots=Snapshots(cache),
        reproduce=options.command("run"),
        known=known_issues(),
        fault=planted(options),
    )


def chosen_cases(
    options: Options, scenarios: Sequence[Scenario]
) -> tuple[tuple[Scenario, int, Clock], ...]:
    """Every scenario under every seed, of which this shard has its share.

    Seed by seed: what is stopped half way has met all scenarios.  In a soak those that are there
    for their length have one seed: they look for what comes with numbers, not with schedules.
    """
    rounds: list[tuple[Clock, int]] = [(options.clock, seed) for seed in options.seeds]
    rounds += [("real", seed) for seed in options.real_seeds]
    cases = [
        (in_order(scenario, seed), seed, clock)
        for clock, seed in rounds
        for scenario in scenarios
        if not (options.soak and _is_long(scenario) and (clock, seed) != rounds[0])
    ]
    first, step = options.shard
    return tuple(cases[first - 1 :: step])


def _is_long(scenario: Scenario) -> bool:
    return (SCENARIOS / LONG / f"{scenario.name}{SUFFIX}").is_file()


def plan_cases(
    gate: Gate, options: Options, scenarios: Sequence[Scenario]
) -> tuple[CaseRecord, ...]:
    """The records of the chosen cases."""
    return tuple(gate.plan(*case) for case in chosen_cases(options, scenarios))


def _facts(kernel: KernelBuild, request: KernelRequest) -> KernelFacts:
    series = request.series
    touched = {file for patch in request.patches for file in patch.files}
    own = {f"{OWN_SOURCES}{path.name}/" for path in request.modules}
    return KernelFacts(
        key=kernel.key,
        release=kernel.release,
        config_sha256=hashlib.sha256(kernel.config.read_bytes()).hexdigest(),
        series=series.name,
        series_files=tuple(sorted({*series.files, *touched, *own})),
        missing_patches=kernel.missing_rig_patches,
        missing_files=dict(kernel.missing_files),
        strict=request.strict,
        publishes=series.publishes,
        drivers=series.drivers,
        patches=tuple(patch.subject for patch in (*series.patches, *request.patches)),
    )
