# SPDX-License-Identifier: GPL-2.0-only
"""Scenarios that drivers have in common: each is a template, found by its name, of which the file
of a driver makes its own.

A template is a scenario file with words in it that each driver says for itself: ``$driver``, its
name; ``$block``, its first block; ``$module``, as the kernel calls it; and those of `Standard`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from rig.base.errors import InputError, did_you_mean
from rig.base.paths import TEMPLATES
from rig.model.drivers import Driver, Drivers, bundled
from rig.model.scenario import Scenario, load

_SUFFIX = ".yaml"


def names(folder: Path = TEMPLATES) -> tuple[str, ...]:
    """What templates there are."""
    return tuple(sorted(path.stem for path in folder.glob(f"*{_SUFFIX}")))


def made(known: Drivers | None = None, folder: Path = TEMPLATES) -> tuple[Scenario, ...]:
    """The scenarios that drivers have of templates.

    Raises:
        InputError: a driver names a template that there is not, or one has a word that the driver
            does not say; and as `rig.model.scenario.load`.
    """
    there = bundled() if known is None else known
    return tuple(found for driver in there.all for found in _of(driver, there, folder))


def _of(driver: Driver, known: Drivers, folder: Path) -> Iterator[Scenario]:
    if driver.standard is None:
        return
    there = names(folder)
    for name in driver.standard.scenarios:
        if name not in there:
            raise InputError(
                f"driver {driver.name}: no template {name!r}",
                hint=f"{did_you_mean(name, there)}there are: {', '.join(there)}",
            )
        yield load(folder / f"{name}{_SUFFIX}", known, _words(driver))


def _words(driver: Driver) -> Mapping[str, str]:
    assert driver.standard is not None
    return {
        "driver": driver.name,
        "block": driver.blocks[0] if driver.blocks else "none",
        "module": driver.loads[0].split()[0].replace("-", "_"),
        "it": driver.standard.it,
        "format": driver.standard.format,
    }
