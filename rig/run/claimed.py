# SPDX-License-Identifier: GPL-2.0-only
"""What a run is to judge of a series that does not say it itself, and what is said of that."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rig.base.errors import InputError
from rig.judge.case import judgeable
from rig.kernel import fences
from rig.kernel.request import KernelRequest
from rig.kernel.series import Series
from rig.model.claim import Claim
from rig.model.claims.fences import CLAIM as FENCES
from rig.model.drivers import NO_DRIVER, bundled
from rig.model.options import Options
from rig.model.scenario import Scenario
from rig.model.sources import DRIVERS_ONLY, Glob, touches
from rig.run import touched

# Drivers for which there are scenarios, with their files.
Known = Mapping[str, Sequence[Glob]]


def known_drivers(scenarios: Iterable[Scenario]) -> Known:
    """Those of the rig, and those that scenarios bring along."""
    own = {each.driver: each.sources for each in scenarios if each.driver != NO_DRIVER}
    return {driver.name: driver.sources for driver in bundled().all} | own


def asked_for(
    chosen: Sequence[Claim], series: Series, scenarios: Sequence[Scenario]
) -> tuple[Claim, ...]:
    """The claims of a run: those that the user chose, or those that the series makes.

    A claim that holds for any kernel is nobody's in particular.  It is asked for where one of the
    scenarios judges it, so that a run of others is not said to lack it.
    """
    if chosen or not scenarios:
        return tuple(chosen) or series.claims
    made = {claim for scenario in scenarios for claim in scenario.claims}
    return tuple(claim for claim in series.claims if claim in made or not claim.any_series)


def require_judged(
    scenarios: Sequence[Scenario], claims: Sequence[Claim], series: Series, known: Known
) -> None:
    """See that some scenario judges what is asked for; without any there is nothing to see.

    Raises:
        InputError: none does.
    """
    opted_in = drivers(series, known)
    if scenarios and not any(judgeable(each, claims, opted_in) for each in scenarios):
        raise InputError(
            f"none of these scenarios judges {' or '.join(claim.name for claim in claims)} for "
            f"{series.name}",
            hint="choose other scenarios, or another claim",
        )


def drivers(series: Series, known: Known) -> tuple[str, ...]:
    """The drivers that a series opts in; empty: all.

    Who did not say opts those in whose own files get code about fences.  If only files of drivers
    that nobody knows do, their names stand for them, so that no other driver is judged instead.
    """
    if series.drivers is not None:
        return series.drivers
    files = fences.files(series.patches)
    own = tuple(sorted(name for name, sources in known.items() if touches(sources, files)))
    return own or strangers(files, known)


def strangers(files: Iterable[str], known: Known) -> tuple[str, ...]:
    """Files of drivers, named without their ending, that are of no known driver."""
    globs = [glob for sources in known.values() for glob in sources]
    alone = (file for file in files if touches(DRIVERS_ONLY, [file]) and not touches(globs, [file]))
    return tuple(sorted({Path(file).stem for file in alone}))


def left_out(request: KernelRequest, scenarios: Iterable[Scenario]) -> Iterator[str]:
    """Drivers that the patches touch, and that run only if somebody asks: nothing is shown of
    them."""
    files = {file for patch in (*request.series.patches, *request.patches) for file in patch.files}
    run = {scenario.driver for scenario in scenarios}
    for driver in bundled().all:
        if driver.wide and run and driver.name not in run and touches(driver.sources, files):
            yield (
                f"the patches touch {driver.name}, of which no scenario runs: "
                f"--driver {driver.name} runs them"
            )


def notes(
    request: KernelRequest,
    claims: Sequence[Claim],
    options: Options,
    known: Known,
    scenarios: Sequence[Scenario] = (),
) -> Iterator[str]:
    """What must be said aloud: which patches were chosen, what is judged and what cannot be.

    Args:
        options: what the user chose.
        scenarios: that run.
    """
    series = request.series
    yield from request.notes
    if scenarios:
        yield from touched.notes(options, request)
    yield from left_out(request, scenarios)
    if series.guess and not options.claims:
        yield series.guess
    if FENCES not in claims or not series.patches:
        return
    if series.drivers is None:
        yield f"fences are judged on {', '.join(drivers(series, known)) or 'all drivers'}"
        if others := strangers(fences.files(series.patches), known):
            yield f"no scenario shows the fences of {', '.join(others)}"
    if not series.publishes:
        yield (
            "the series does not trace vb2_fence_publish, so that each fence is published, and "
            "when, is not judged"
        )
