# SPDX-License-Identifier: GPL-2.0-only
"""From what the user asked for to a gate that is ready to run."""

import hashlib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rig import faults
from rig.cache import Cache
from rig.claims import Claim
from rig.errors import InputError
from rig.evidence.record import CaseRecord, Fresh, KernelFacts, RunDir
from rig.faults import Fault
from rig.gate import Gate, run_folder
from rig.image.busybox import busybox
from rig.image.initramfs import GuestImage, build_image
from rig.image.outside import Outside
from rig.image.own import add_own
from rig.kernel import series
from rig.kernel.build import OWN_MODULES, build
from rig.kernel.fragment import Wish
from rig.kernel.layout import Layout
from rig.kernel.own import UserTree, is_range
from rig.kernel.progress import Progress
from rig.kernel.record import KernelBuild
from rig.kernel.request import KernelRequest
from rig.kernel.series import Series
from rig.kernel.source import Catalogue, KernelSource
from rig.known import load_all as load_known
from rig.machine.qemu import Clock
from rig.paths import FAULTS, IMAGES, KNOWN_ISSUES, SCENARIOS
from rig.scenario import SUFFIX, Scenario, Selection, load, load_all, select
from rig.snapshot import Snapshots
from rig.tools import cross_prefix

# How line tables name the sources of the user's modules.
OWN_SOURCES = f"rig-modules/{OWN_MODULES}"


@dataclass(frozen=True)
class Options:
    """What a user can choose about a run.

    Args:
        kernel: a name in kernels.yaml, or the path of a source tree; None: the default one.
        series: a bundled name, a directory of patches, an mbox, or a range of commits of the
            tree that `kernel` names.
        upto: only so many patches of the series; None: all.
        patches: more patches on top, in this order.
        config: a whole `.config` to begin with; fragments win over it.
        fault: id of a mistake to plant; its patches come last.
        claims: to judge these instead of what the series claims.
        seeds: one schedule each, or one run each on the real clock.
        real_seeds: besides, these on the real clock.
        fresh: whether each case boots a guest, or goes on from a snapshot of one.
        soak: scenarios that are too long for everyday are meant too.
        shard: run only every n-th case, beginning with the k-th: (k, n), k from 1.
        jobs: guests at once; None: as many as the machine can run.
        fail_fast: start no case after the first that is not clean.
        out: where run directories are made.
        resume: go on in this run directory instead.
    """

    kernel: str | None = None
    series: str = "none"
    upto: int | None = None
    patches: tuple[Path, ...] = ()
    fault: str | None = None
    fragments: tuple[Path, ...] = ()
    config: Path | None = None
    profile: str = "lockdep"
    claims: tuple[Claim, ...] = ()
    clock: Clock = "virtual"
    seeds: tuple[int, ...] = (1,)
    real_seeds: tuple[int, ...] = ()
    fresh: Fresh = "boot"
    soak: bool = False
    shard: tuple[int, int] = (1, 1)
    jobs: int | None = None
    fail_fast: bool = False
    selection: Selection = field(default_factory=Selection)
    out: Path = Path("out")
    resume: Path | None = None

    def command(self, verb: str) -> str:
        """The command line that asks for the same, without cases and seeds."""
        words = ["m2m-rig", verb, "--series", self.series]
        if self.upto is not None:
            words += ["--upto", str(self.upto)]
        if self.kernel:
            words += ["--kernel", self.kernel]
        for patch in self.patches:
            words += ["--patch", str(patch)]
        if self.fault:
            words += ["--fault", self.fault]
        for fragment in self.fragments:
            words += ["--fragment", str(fragment)]
        if self.config:
            words += ["--config", str(self.config)]
        if self.profile != Options.profile:
            words += ["--profile", self.profile]
        for claim in self.claims:
            words += ["--claim", claim]
        for path in self.selection.paths:
            words += ["--scenario", str(path)]
        return shlex.join(words)

    def whole_command(self) -> str:
        """The command line that asks for the same, cases and seeds and all."""
        words = [word for name in self.selection.drivers for word in ("--driver", name)]
        words += [word for name in self.selection.workloads for word in ("--workload", name)]
        words += self._seed_words()
        if self.clock != "virtual":
            words += ["--clock", self.clock]
        if self.fresh != "boot":
            words += ["--fresh", self.fresh]
        if self.shard != (1, 1):
            words += ["--shard", "{}/{}".format(*self.shard)]
        return f"{self.command('soak' if self.soak else 'run')} {shlex.join(words)}".rstrip()

    def _seed_words(self) -> list[str]:
        words = ["--real-seeds", str(len(self.real_seeds))] if self.soak else []
        if self.seeds == tuple(range(1, len(self.seeds) + 1)):
            count = ["--seeds", str(len(self.seeds))]
            return [*count, *words] if self.soak or len(self.seeds) > 1 else words
        return [word for seed in self.seeds for word in ("--seed", str(seed))] + words

    def planted(self) -> Fault | None:
        """The mistake to plant."""
        return faults.load(FAULTS).find([self.fault])[0] if self.fault else None

    def scenarios(self) -> tuple[Scenario, ...]:
        """The scenarios that the user asked for, bundled ones unless files are named."""
        paths = self.selection.paths
        for path in paths:
            if not path.name.endswith(SUFFIX):
                raise InputError(f"{path} is no scenario", hint=f"their names end in {SUFFIX}")
        known = tuple(load(path) for path in paths) if paths else self._bundled()
        names = [scenario.name for scenario in known]
        for name in names:
            if names.count(name) > 1:
                raise InputError(f"two scenarios are called {name!r}", hint="rename one of them")
        return select(known, self.selection)

    def _bundled(self) -> tuple[Scenario, ...]:
        """Those of every day; the long ones for a soak, or if their workload is named."""
        long = load_all(SCENARIOS / "soak")
        named = self.selection.workloads
        outside = load_all(SCENARIOS / "outside")
        return load_all(SCENARIOS) + tuple(
            scenario
            for scenario in (*long, *outside)
            if (self.soak and scenario in long) or scenario.workload in named
        )


def kernel_request(options: Options, scenarios: Sequence[Scenario] = ()) -> KernelRequest:
    """What is to be built; nothing is built yet.

    Args:
        scenarios: that are to run, for what they ask of the kernel.

    Raises:
        InputError: no such kernel, series or patch; scenarios that cannot have one kernel.
    """
    layout = Layout.of_checkout()
    source = Catalogue.load(layout.kernels).find(options.kernel)
    if is_range(options.series):
        source, wanted = _own_commits(source, options.series)
    else:
        wanted = series.load(options.series, layout.series)
    fault = options.planted()
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


def prepare(
    options: Options, progress: Progress, scenarios: Sequence[Scenario] | None = None
) -> Gate:
    """Build what the gate needs, or find it in the cache, and open a run directory.

    Args:
        scenarios: that are to run, if not those of the options.
    """
    cache = Cache.default()
    if scenarios is None:
        scenarios = options.scenarios()
    request = kernel_request(options, scenarios)
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
        outside=Outside(kernel, request.source, cross_prefix(), cache, progress),
        fresh=options.fresh,
        snapshots=Snapshots(cache),
        reproduce=options.command("run"),
        known=load_known(KNOWN_ISSUES),
        fault=options.planted(),
    )


def chosen_cases(options: Options) -> tuple[tuple[Scenario, int, Clock], ...]:
    """Every scenario under every seed, of which this shard has its share.

    Seed by seed: what is stopped half way has met all scenarios.
    """
    rounds: list[tuple[Clock, int]] = [(options.clock, seed) for seed in options.seeds]
    rounds += [("real", seed) for seed in options.real_seeds]
    scenarios = options.scenarios()
    cases = [(scenario, seed, clock) for clock, seed in rounds for scenario in scenarios]
    first, step = options.shard
    return tuple(cases[first - 1 :: step])


def plan_cases(gate: Gate, options: Options) -> tuple[CaseRecord, ...]:
    """The records of the chosen cases."""
    return tuple(gate.plan(*case) for case in chosen_cases(options))


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
        publishes=series.publishes,
        drivers=series.drivers,
    )
