# SPDX-License-Identifier: GPL-2.0-only
"""What a run is to judge of a series that does not say it itself, and what is said of that."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rig.kernel import fences
from rig.kernel.request import KernelRequest
from rig.kernel.series import Series
from rig.model.claims import Claim
from rig.model.drivers import of_driver, touches


def drivers(series: Series, known: Iterable[str]) -> tuple[str, ...]:
    """The drivers that a series opts in; empty: all.

    Who did not say opts those in whose own files get code about fences.  If only files of drivers
    that nobody knows do, their names stand for them, so that no other driver is judged instead.

    Args:
        known: the drivers for which there are scenarios.
    """
    if series.drivers is not None:
        return series.drivers
    files = fences.files(series.patches)
    own = tuple(sorted({driver for driver in known if touches(driver, files)}))
    return own or strangers(files, known)


def strangers(files: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """Files of drivers, named without their ending, that are of no known driver."""
    names = tuple(known)
    alone = (
        file for file in files if of_driver(file) and not any(touches(n, [file]) for n in names)
    )
    return tuple(sorted({Path(file).stem for file in alone}))


def notes(
    request: KernelRequest, claims: Sequence[Claim], asked: bool, known: Sequence[str]
) -> Iterator[str]:
    """What must be said aloud: which patches were chosen, what is judged and what cannot be.

    Args:
        asked: the user chose the claims.
        known: the drivers for which there are scenarios.
    """
    series = request.series
    yield from request.notes
    if series.guess and not asked:
        yield series.guess
    if "fences" not in claims or not series.patches:
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
