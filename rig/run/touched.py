# SPDX-License-Identifier: GPL-2.0-only
"""Which drivers a run takes if nobody says: those that the patches touch, if they touch no more."""

from collections.abc import Iterator
from dataclasses import replace

from rig.kernel.request import KernelRequest
from rig.model.drivers import bundled
from rig.model.options import ALL_DRIVERS, Options
from rig.model.scenario import Scenario
from rig.model.sources import DRIVERS_ONLY, NO_CODE, touches
from rig.run.chosen import chosen_scenarios
from rig.run.selection import kernel_request

# Files that a note names.
_SHOWN = 3


def taken(options: Options) -> tuple[Scenario, ...]:
    """The scenarios of a run: those that the user chose, or those of the drivers that are touched.

    Raises:
        InputError: as `chosen_scenarios` and `kernel_request`.
    """
    if not _open(options):
        return chosen_scenarios(options)
    return chosen_scenarios(replace(options, drivers=drivers(kernel_request(options))))


def drivers(request: KernelRequest) -> tuple[str, ...]:
    """The drivers in whose own files all is that the patches change; empty: all drivers.

    Those that the series opts in are among them.  A file of a driver that nobody knows is nothing
    that another driver would show.
    """
    files = _files(request)
    if any(not touches((*DRIVERS_ONLY, *bundled().sources), [file]) for file in files):
        return ()
    own = {driver.name for driver in bundled().all if touches(driver.sources, files)}
    known = {driver.name for driver in bundled().all}
    opted_in = known.intersection(request.series.drivers or ())
    return tuple(sorted(own | opted_in)) if own else ()


def notes(options: Options, request: KernelRequest) -> Iterator[str]:
    """What must be said of the choice: which drivers run and how that is changed, and what of the
    patches no scenario runs."""
    if not _open(options):
        return
    if own := drivers(request):
        yield (
            f"the patches touch files of {' and '.join(own)} alone, so scenarios of no other "
            f"driver run: --driver {ALL_DRIVERS} runs those of every driver"
        )
    unknown = [
        file
        for file in _files(request)
        if file.endswith((".c", ".h"))
        and touches(DRIVERS_ONLY, [file])
        and not touches(bundled().sources, [file])
    ]
    if unknown:
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        yield f"no scenario runs {', '.join(unknown[:_SHOWN])}{more}"


def _open(options: Options) -> bool:
    """Whether nobody has chosen."""
    return not (options.arranged or options.drivers)


def _files(request: KernelRequest) -> tuple[str, ...]:
    """What the patches touch that is compiled, or says what is."""
    patches = (*request.series.patches, *request.patches)
    files = {file for patch in patches for file in patch.files}
    return tuple(sorted(file for file in files if not touches(NO_CODE, [file])))
