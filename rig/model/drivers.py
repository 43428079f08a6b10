# SPDX-License-Identifier: GPL-2.0-only
"""Drivers: each is one file of `kernel-config/drivers`, found by its name.

What is known of a driver whatever it is made to do stands there; scenarios inherit it and say what
differs.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass as strict_dataclass

from rig.base import document
from rig.base.document import STRICT
from rig.base.errors import InputError, did_you_mean
from rig.base.paths import DRIVERS
from rig.model.hardware import BLOCKS, Hardware
from rig.model.options import ALL_DRIVERS
from rig.model.order import Order
from rig.model.sources import Glob

# What a scenario says in which no driver is under test.
NO_DRIVER = "none"

# What `device` is where programs are told of none.
NO_DEVICE = "none"

Symbol = Annotated[str, Field(pattern=r"^CONFIG_\w+$")]

_Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]


@strict_dataclass(frozen=True, config=STRICT)
class Orders:
    """Lock orders that belong together, as in a scenario's `expect`."""

    edges: tuple[Order, ...] = ()
    base_edges: tuple[Order, ...] = ()
    forbidden_edges: tuple[Order, ...] = ()


@strict_dataclass(frozen=True, config=STRICT)
class Usual:
    """What a scenario's programs have if it does not say anything else.

    `device` is their `--driver=`, for those that are not told any; left out, the driver has
    several, or is the one that programs take by themselves.  `real_args` and `seconds` as in a
    scenario.
    """

    device: str | None = None
    real_args: tuple[str, ...] = ()
    seconds: Annotated[int, Field(ge=1, le=3600)] = 60


@strict_dataclass(frozen=True, config=STRICT)
class Standard:
    """What a driver has of the scenarios that drivers have in common.

    `it` is what titles call the device.  `format` is one that both queues take, as workloads call
    it.  `scenarios` are names of templates: DRIVER-NAME is made of each.
    """

    it: Annotated[str, Field(min_length=1)]
    format: Annotated[str, Field(pattern=r"^\w+$")]
    scenarios: Annotated[tuple[str, ...], Field(min_length=1)]


@strict_dataclass(frozen=True, config=STRICT)
class Driver:
    """One driver.

    `name` is that of its file, and what `--driver` and a scenario's `driver` say; `kernel_names`
    are understood, too: what VIDIOC_QUERYCAP and its bus call it.
    `modules` are loaded in this order; a lock of the first must be taken while workloads run.
    `sources` are its files in the kernel tree, as globs: what a series or a patch of the rig must
    touch to concern this driver and no other.
    `config` are symbols that it needs besides those of `media.config`; the default kernel has all
    bundled drivers but those that are `wide`.  These come with their blocks into a kernel of their
    own, all of them together, which is built when a scenario of one of them is to run.
    `trace` are trace events.  `blocks` of the imitated hardware are what it sits on.
    `job_time` is what says how long a job takes: `latency` of a scenario's hardware, or `--job-ms`
    of its programs; left out: nothing can.  `hardware` is that of a scenario which does not say
    more.
    `orders` are lock orders that any scenario may expect by the name that they have here.
    `standard`: scenarios of templates (rig.model.templates).
    """

    name: _Name
    title: Annotated[str, Field(min_length=1)]
    sources: Annotated[tuple[Glob, ...], Field(min_length=1)]
    kernel_names: tuple[_Name, ...] = ()
    modules: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    config: dict[Symbol, str] = field(default_factory=dict)
    wide: bool = False
    trace: tuple[str, ...] = ("dma_fence", "vb2")
    blocks: tuple[str, ...] = ()
    job_time: Literal["latency", "job-ms"] | None = None
    hardware: Hardware | None = None
    programs: Usual = Usual()
    orders: dict[str, Orders] = field(default_factory=dict)
    standard: Standard | None = None

    @property
    def loads(self) -> tuple[str, ...]:
        """Its modules; one that is called as it is, if its file does not say."""
        return self.modules or (self.name,)

    @property
    def names(self) -> tuple[str, ...]:
        """All that it may be called."""
        return (self.name, *self.kernel_names)


@dataclass(frozen=True)
class Drivers:
    """All drivers that there is a file of, in the order of their names."""

    all: tuple[Driver, ...] = ()

    @cached_property
    def _by_name(self) -> Mapping[str, Driver]:
        return {name: driver for driver in self.all for name in driver.names}

    def find(self, name: str) -> Driver | None:
        """The driver that is called so, by itself or by the kernel."""
        return self._by_name.get(name)

    def plain(self, name: str) -> str:
        """A driver's own name for any that it may be called; what nobody is called stays."""
        driver = self.find(name)
        return driver.name if driver else name

    def blocks_of(self, modules: Iterable[str]) -> tuple[str, ...]:
        """The blocks of imitated hardware on which the drivers in these modules sit.

        Args:
            modules: perhaps with parameters.
        """
        loaded = {_module(entry) for entry in modules}
        return tuple(
            block
            for driver in self.all
            if loaded & set(map(_module, driver.loads))
            for block in driver.blocks
        )

    def wants_wide(self, symbols: Collection[str]) -> bool:
        """Whether one of these symbols is that of a wide driver."""
        return any(symbol in symbols for each in self.all if each.wide for symbol in each.config)

    def absent_blocks(self, symbols: Collection[str]) -> tuple[str, ...]:
        """The blocks that a kernel needs none of, since it does not have their driver.

        Args:
            symbols: what is asked for in its configuration.
        """
        return tuple(
            block
            for driver in self.all
            if driver.wide and not all(symbol in symbols for symbol in driver.config)
            for block in driver.blocks
        )

    @property
    def sources(self) -> tuple[Glob, ...]:
        """The files of any of them."""
        return tuple(glob for driver in self.all for glob in driver.sources)


def bundled() -> Drivers:
    """The drivers that come with the rig; errors as those of `load_all`."""
    return load_all(DRIVERS)


def load_all(folder: Path) -> Drivers:
    """Read a file of each driver.

    Raises:
        InputError: see `rig.base.document.load`; a file is not called as its driver is, a name is
            that of two drivers, there is no such block.
    """
    found: dict[str, Path] = {}
    drivers = []
    for path in sorted(folder.glob("*.yaml")):
        driver = document.load(path, Driver)
        _check(path, driver)
        for name in driver.names:
            if name in (NO_DRIVER, ALL_DRIVERS, *found):
                whose = f"that of {found[name].name}, too" if name in found else "no driver's"
                raise InputError(f"{path}: the name {name!r} is {whose}", hint="choose another one")
            found[name] = path
        drivers.append(driver)
    return Drivers(tuple(drivers))


def _check(path: Path, driver: Driver) -> None:
    if driver.name != path.stem:
        raise InputError(
            f"{document.place(path, ('name',))}: name: {driver.name!r} is not what its file is "
            "called",
            hint=f"rename the file to {driver.name}{path.suffix}",
        )
    for at, block in enumerate(driver.blocks):
        if block not in BLOCKS:
            raise InputError(
                f"{document.place(path, ('blocks', at))}: blocks.{at}: no block {block!r}",
                hint=f"{did_you_mean(block, BLOCKS)}there are: {', '.join(BLOCKS)}",
            )
    if (driver.job_time == "latency") != bool(driver.blocks):
        raise InputError(
            f"{document.place(path, ('job-time',))}: job-time: latency is for drivers with blocks "
            "of imitated hardware, and for all of them"
        )


def _module(entry: str) -> str:
    """What the kernel calls a module, of which there are perhaps parameters."""
    return entry.split()[0].replace("-", "_")
