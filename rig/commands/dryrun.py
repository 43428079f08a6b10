# SPDX-License-Identifier: GPL-2.0-only
"""`--dry-run`: every step of a build and a run, in words and commands; nothing is written."""

import shlex
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rig.base.cache import Cache
from rig.base.console import printable
from rig.base.progress import Silent
from rig.kernel import base
from rig.kernel.config import wishes
from rig.kernel.layout import Layout
from rig.kernel.patch import Patch, patches_on
from rig.kernel.profile import variables
from rig.kernel.recipe import Recipe, Toolchain, jobs
from rig.kernel.request import KernelRequest
from rig.kernel.tree import KernelTree, compose
from rig.machine.qemu import Files, MachineConfig, command_by_hand
from rig.machine.schedule import Schedule
from rig.model.options import Options
from rig.model.scenario import Scenario
from rig.run import claimed
from rig.run.chosen import built_for
from rig.run.claimed import known_drivers
from rig.run.directory import require_place
from rig.run.families import is_family
from rig.run.selection import chosen_cases, kernel_request, suiting

# Stand for what is known only when it has been built.
_TREE, _KERNEL, _IMAGE, _PAYLOAD = "TREE", "KERNEL/Image", "IMAGE/initramfs", "CASE/payload"


def dry_run(
    options: Options, scenarios: Sequence[Scenario] | None = None, kernels: int = 0
) -> Iterator[str]:
    """The lines to print.

    Args:
        scenarios: that would run in guests; None: nothing would.
        kernels: how many there are, one after each patch of the series; 0: one, after all.

    Raises:
        InputError: what the real run would refuse before it builds anything.
    """
    request = kernel_request(options, built_for(options, scenarios or ()))
    layout = Layout.bundled()
    claims = claimed.asked_for(options.claims, request.series, scenarios or ())
    known = known_drivers(scenarios or ())
    claimed.require_judged(scenarios or (), claims, request.series, known)
    if scenarios is not None and not options.resume:
        require_place(options.out)
    tree = _composed(request, layout)
    yield from _source(request)
    notes = claimed.notes(request, claims, options, known, scenarios or ())
    yield from _given(request, layout, tree, notes)
    yield from _build(request, layout)
    if kernels:
        yield f"kernels     {kernels}, one after each patch of the series; every case on each"
    if scenarios is not None:
        yield from _guests(options, scenarios, tree)
    yield f"caches      {Cache.default().root}"
    if scenarios is not None:
        yield f"evidence    a new directory below {options.out}/"


def print_dry_run(
    options: Options, scenarios: Sequence[Scenario] | None = None, kernels: int = 0
) -> int:
    """`dry_run`, whole or not at all: half of it before an error would be believed.

    Returns:
        the exit status.
    """
    print("\n".join([printable(line) for line in dry_run(options, scenarios, kernels)]))
    return 0


def _source(request: KernelRequest) -> Iterator[str]:
    source = request.source
    if source.kind == "directory":
        yield f"source      {source.path}, {source.commit[:12]} as committed; only read"
    elif source.kind == "tarball":
        yield f"source      {source.path}"
    else:
        version = source.version or "the cached or the newest version"
        yield f"source      Debian package {source.package}, {version}"


def _given(
    request: KernelRequest, layout: Layout, tree: KernelTree | None, notes: Iterable[str]
) -> Iterator[str]:
    """The patches, as this kernel has them; of one that is not here, as they are on file."""
    series, patches, own = request.series, request.patches, request.rig_patches(layout)
    if tree is not None:
        release = tree.base.version
        series, patches = series.on(release), patches_on(release, patches)
        own = patches_on(release, own)
    how = _how(tree)
    yield from _patches("series", series.name, series.patches, how)
    yield from _patches("patches", "--patch", patches, how)
    for note in notes:
        yield f"note        {note}"
    changing = [patch for patch in own if patch.text]
    yield from _patches("rig", "its own, for the test only", changing, how)
    if tree is None:
        name = request.source.name
        yield f"note        whether they apply is not known: {name} is not in the cache"


def _guests(
    options: Options, scenarios: Sequence[Scenario], tree: KernelTree | None
) -> Iterator[str]:
    """What would run, as far as this kernel has everything for it."""
    if tree is not None:
        release = tree.base.version
        everything, scenarios = scenarios, suiting(scenarios, release)
        if others := [each.name for each in everything if each not in scenarios]:
            yield f"note        not for Linux {release}: {', '.join(others)}"
    waits = "goes on from a snapshot, made if it is missing"
    yield f"guests      each {waits if options.fresh == 'snapshot' else 'is booted'}"
    yield from _cases(options, scenarios)
    if any(map(is_family, scenarios)):
        yield "if red      what shared a guest runs alone, until the guilty are named"


def _composed(request: KernelRequest, layout: Layout) -> KernelTree | None:
    """The kernel with all patches on it; None: it must be fetched first.

    The kernel's objects are only read; what comes of them goes away again.

    Raises:
        InputError: what a build would refuse: a tree with changes, a patch that does not apply.
    """
    source = base.here(request.source, Cache.default())
    if source is None:
        return None
    with tempfile.TemporaryDirectory(prefix="m2m-rig-dry-run-") as scratch:
        tree = base.prepare(source, Cache(Path(scratch)), Silent())
        own = request.rig_patches(layout)
        return compose(tree, request.series, request.patches, own)


def _how(tree: KernelTree | None) -> dict[str, str]:
    """How each patch applies, by its digest; empty if that is not known."""
    if tree is None:
        return {}
    missing = {item.patch.sha256: f"does not apply: {item.reason}" for item in tree.missing}
    return {item.patch.sha256: item.how for item in tree.applied} | missing


def _patches(
    what: str, name: str, patches: Sequence[Patch], applied: Mapping[str, str]
) -> Iterator[str]:
    if not patches and what != "series":
        return
    yield f"{what:<11} {name}: {len(patches)} patch{'es' if len(patches) != 1 else ''}"
    for number, patch in enumerate(patches, 1):
        # What the tree has already was not applied.
        how = f", {applied.get(patch.sha256, 'there already')}" if applied else ""
        yield f"  {number:>3}  {patch.sha256[:12]}  {patch.subject}{how}"


def _build(request: KernelRequest, layout: Layout) -> Iterator[str]:
    wanted = wishes(
        layout.config,
        request.profile,
        request.series,
        request.fragments,
        request.config,
        request.wanted,
    )
    told = variables(layout.config, request.profile)
    recipe = Recipe(Path(_TREE), request.profile, Toolchain.find(), jobs(), told)
    yield f"configure   {len(wanted.by_symbol)} symbols, profile {request.profile}"
    for extra in (request.config, *request.fragments):
        if extra:
            yield f"       with {extra}"
    for wish in request.wanted:
        yield f"       with {wish.line} for {wish.place}"
    for targets in (("allnoconfig",), ("Image", "modules")):
        yield f"  $ cd {_TREE} && {shlex.join(recipe.make(*targets))}"
    for directory in request.modules:
        yield f"modules     of {directory}, built as external modules"
    yield "image       busybox, init, workloads and modules, built or from the cache"


def _cases(options: Options, scenarios: Sequence[Scenario]) -> Iterator[str]:
    for scenario, seed, clock in chosen_cases(options, scenarios):
        virtual = clock == "virtual"
        yield f"case        {scenario.name}, seed {seed}, {clock} clock: {scenario.title}"
        for program in scenario.programs:
            extra = program.real_args if clock == "real" else ()
            words = shlex.join([program.command, *program.args, *extra, f"--seed={seed}"])
            yield f"  guest  {words}"
        config = MachineConfig(
            files=Files(Path(_KERNEL), Path(_IMAGE), Path(_PAYLOAD)),
            cpus=scenario.machine.cpus,
            memory=scenario.machine.memory,
            clock=clock,
            schedule=Schedule.of(seed, scenario.machine.turns) if virtual else Schedule(()),
            seed=seed,
            kernel_args=scenario.kernel_args,
        )
        yield f"  $ {shlex.join(command_by_hand(config))}"
