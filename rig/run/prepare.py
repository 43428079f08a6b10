# SPDX-License-Identifier: GPL-2.0-only
"""From what the user asked for to a gate that is ready to run: what is missing is built."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from rig.base.cache import Cache
from rig.base.paths import IMAGES
from rig.base.progress import Progress
from rig.evidence.record import KernelFacts, RunDir
from rig.host.tools import cross_prefix
from rig.image.busybox import busybox
from rig.image.initramfs import GuestImage, build_image
from rig.image.outside import Outside
from rig.image.own import add_own
from rig.kernel.build import build
from rig.kernel.record import KernelBuild
from rig.kernel.request import KernelRequest
from rig.model.drivers import bundled
from rig.model.options import Options
from rig.model.scenario import Scenario
from rig.model.sources import DRIVERS_ONLY, OWN_SOURCES
from rig.run import claimed
from rig.run.catalogues import known_issues, planted
from rig.run.claimed import Known, known_drivers
from rig.run.directory import require_place, run_folder
from rig.run.gate import Gate
from rig.run.lookups import Lookups
from rig.run.machines import Machines
from rig.run.planning import Planner
from rig.run.selection import kernel_request, settled
from rig.run.snapshot import Snapshots


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


def prepare(options: Options, progress: Progress, scenarios: Sequence[Scenario] = ()) -> Gate:
    """Build what the gate needs, or find it in the cache, and open a run directory.

    Args:
        scenarios: that are to run, for what they ask of kernel and image.
    """
    cache = Cache.default(progress.note)
    request = kernel_request(options, scenarios)
    claims = claimed.asked_for(options.claims, request.series, scenarios)
    known = known_drivers(scenarios)
    # Before minutes are spent on a kernel.
    claimed.require_judged(scenarios, claims, request.series, known)
    if not options.resume:
        require_place(options.out)
    kernel = build(request, progress, cache=cache)
    image = guest_image(kernel, cache, progress, scenarios)
    progress.close()
    notes = tuple(claimed.notes(request, claims, options, known, scenarios))
    return Gate(
        planner=Planner(
            facts=_facts(kernel, request, scenarios, known),
            claims=claims,
            options=settled(options, request),
            known=known_issues(),
            fault=planted(options),
            notes=notes,
        ),
        machines=Machines(
            kernel=kernel,
            image=image,
            cache=cache,
            snapshots=Snapshots(cache),
            outside=Outside(kernel, request, cross_prefix(), cache, progress),
        ),
        lookups=Lookups(kernel, cross_prefix()),
        directory=(
            RunDir(options.resume)
            if options.resume
            else run_folder(options.out, request.series.name)
        ),
    )


def _facts(
    kernel: KernelBuild, request: KernelRequest, scenarios: Sequence[Scenario], known: Known
) -> KernelFacts:
    series = request.series
    sources = [glob for scenario in scenarios for glob in scenario.sources]
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
        drivers_only=tuple(dict.fromkeys((*DRIVERS_ONLY, *bundled().sources, *sources))),
        strict=request.strict,
        publishes=series.publishes,
        drivers=claimed.drivers(series, known),
        patches=tuple(patch.subject for patch in (*series.patches, *request.patches)),
    )
