# SPDX-License-Identifier: GPL-2.0-only
"""A scenario: what runs in one guest, and what must be seen."""

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter
from pydantic.dataclasses import dataclass as strict_dataclass

from rig.base import document
from rig.base.document import STRICT
from rig.base.errors import InputError
from rig.model.claims import Claim
from rig.model.guest import Turns
from rig.model.hardware import Hardware
from rig.model.options import TOGETHER, Selection

# How the name of a scenario file ends.
SUFFIX = ".m2m.yaml"

# "6.12" or "6.12.117"
_RELEASE = r"^[0-9]+\.[0-9]+(\.[0-9]+)?$"
# Names that a hint lists.
_SHOWN = 12

# What a program of the scenario's own can be.
OWN_SUFFIXES = (".c", ".sh")

# Where modules that are not the kernel's are compiled, how the user's are told from the rig's, and
# so how line tables name the sources of the user's.
RIG_MODULES = "rig-modules"
OWN_MODULES = "own-"
OWN_SOURCES = f"{RIG_MODULES}/{OWN_MODULES}"

# Names under which the drivers are known to the kernel.
DRIVER_ALIASES = {"hantro-vpu": "hantro", "rockchip-rga": "rga"}

# The driver of a scenario in which none is under test.
NO_DRIVER = "none"

# What the trace of nearly every scenario fits into, on each virtual CPU.
TRACE_KIB = 1024


@strict_dataclass(frozen=True, config=STRICT)
class Program:
    """One workload program of the guest.

    `file` is one of the rig's programs, or a file of the scenario's own beside it: `.c` is
    compiled with the library of the rig's workloads, `.sh` runs in the guest's shell.
    `seconds` is guest time; a program that runs longer is killed and counts as died.  `real_args`
    come after `args` on the real clock, where a loaded host can be away for longer than a job
    takes: the moments at which consumers ask are moments of a longer job there.
    """

    name: str
    file: str
    args: tuple[str, ...] = ()
    real_args: tuple[str, ...] = ()
    seconds: Annotated[int, Field(ge=1, le=3600)] = 30

    @property
    def own(self) -> bool:
        """Whether it is the scenario's own."""
        return self.file.endswith(OWN_SUFFIXES)

    @property
    def command(self) -> str:
        """What it is called in the guest."""
        return Path(self.file).name.removesuffix(".c") if self.own else self.file


@strict_dataclass(frozen=True, config=STRICT)
class Shape:
    """The machine of a scenario: virtual CPUs, memory in MiB, how finely turns are cut."""

    cpus: Annotated[int, Field(ge=1, le=8)] = 2
    memory: Annotated[int, Field(ge=256, le=3072)] = 1024
    turns: Turns = "fine"


@strict_dataclass(frozen=True, config=STRICT)
class Edge:
    """A lock order that only some kernels have: those `since` a release and before `until`."""

    order: tuple[str, str]
    since: Annotated[str, Field(pattern=_RELEASE)] | None = None
    until: Annotated[str, Field(pattern=_RELEASE)] | None = None

    def applies(self, release: str) -> bool:
        """Whether a kernel of this release has it."""
        number = _numbers(release)
        return (self.since is None or _numbers(self.since) <= number) and (
            self.until is None or number < _numbers(self.until)
        )


# An order of two locks, outer first: in every kernel, or as an `Edge` says.
Order = tuple[str, str] | Edge


@strict_dataclass(frozen=True, config=STRICT)
class Expectations:
    """What the evidence must hold before silence means anything.

    `active_probes` is the least number of probes that saw a buffer while its job ran,
    `active_waits` that of sleeps that began while it did;
    `fences` is the least number of fences that must be published, where a series says so in the
    trace (`publishes` in its series.yaml).
    `jobs`: the least number of jobs that a block of the imitated hardware must have been given,
    else `fences` of all blocks together;
    `violations` are those that injected faults may lead the driver into ("vepu.gated_busy").
    `classes` are locks that must be taken while the workloads run, besides one of the driver's own.
    `edges` must be in the lock graph where a series publishes fences; `base_edges` always, they
    are there without any series; `forbidden_edges` never.
    """

    active_probes: Annotated[int, Field(ge=0)] = 0
    active_waits: Annotated[int, Field(ge=0)] = 0
    fences: Annotated[int, Field(ge=0)] = 0
    jobs: dict[str, Annotated[int, Field(ge=1)]] = field(default_factory=dict)
    violations: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    edges: tuple[Order, ...] = ()
    base_edges: tuple[Order, ...] = ()
    forbidden_edges: tuple[Order, ...] = ()


def orders_of(orders: Iterable[Order], release: str) -> tuple[tuple[str, str], ...]:
    """Those orders that a kernel of this release has."""
    return tuple(
        order.order if isinstance(order, Edge) else order
        for order in orders
        if not isinstance(order, Edge) or order.applies(release)
    )


def _numbers(release: str) -> tuple[int, ...]:
    """ "6.12.117-m2m-rig" as (6, 12, 117): three numbers, whatever is missing."""
    found = [int(number) for number in re.findall(r"\d+", release.partition("-")[0])[:3]]
    return (*found, *(0,) * (3 - len(found)))


@strict_dataclass(frozen=True, config=STRICT)
class Scenario:
    """One case of the gate, before it has a seed.

    `about`: what it is about, in a word or three; `m2m-rig list` groups scenarios by it.
    `outside`: programs of others that the guest has besides (rig.image.outside).
    `modules` are kernel modules with their parameters ("vim2m debug=1"), loaded in this order
    after what they depend on.  `hardware` is imitated in the guest, and there before the modules
    are.  `trace_kib` is the size of the trace's buffer on each virtual CPU.  A `control` has a
    driver that did not opt in: its fences claim is
    that there are none, and is not judged if the series opts the driver in.  What runs `alone`
    shares no guest with others: it takes away what they have left there.  `scope` adds paths
    of the kernel (or of a module's source) to those where a splat counts against the series.
    `driver` is "none" where nothing is under test; a lock of any other driver must be taken while
    the workloads run.  `driver_module` is its module, where that is not called as the driver is.
    `config` are kernel symbols that it needs besides the rig's.  `module_sources` are directories
    beside it with modules of its own, each with a Kbuild or Makefile that sets obj-m; a splat in
    them counts, too.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: str
    driver: str
    about: Annotated[str, Field(min_length=1)]
    programs: Annotated[tuple[Program, ...], Field(min_length=1)]
    modules: tuple[str, ...] = ()
    outside: tuple[Literal["selftests", "v4l-utils"], ...] = ()
    hardware: Hardware | None = None
    driver_module: str | None = None
    machine: Shape = Shape()
    claims: Annotated[tuple[Claim, ...], Field(min_length=1)] = ("locks", "fences")
    trace: tuple[str, ...] = ()
    trace_kib: Annotated[int, Field(ge=64, le=2**20)] = TRACE_KIB
    sysctl: dict[str, str] = field(default_factory=dict)
    kernel_args: tuple[str, ...] = ()
    canary: bool = True
    control: bool = False
    alone: bool = False
    scope: tuple[str, ...] = ()
    config: dict[Annotated[str, Field(pattern=r"^CONFIG_\w+$")], str] = field(default_factory=dict)
    module_sources: tuple[str, ...] = ()
    expect: Expectations = Expectations()

    def loaded(self, seed: int) -> tuple[str, ...]:
        """Every module to load, with its parameters; hardware is there before its driver."""
        return (self.hardware.module(seed), *self.modules) if self.hardware else self.modules

    @property
    def driver_under_test(self) -> str:
        """The kernel's name of the module that holds the driver; "" if none is under test."""
        if self.driver == NO_DRIVER:
            return ""
        names = {driver: module for module, driver in DRIVER_ALIASES.items()}
        return (self.driver_module or names.get(self.driver, self.driver)).replace("-", "_")

    @property
    def workload(self) -> str:
        """Its name without the driver's."""
        if self.about == TOGETHER:
            return TOGETHER
        return self.name.removeprefix(f"{self.driver}-")

    def workload_names(self) -> set[str]:
        """What `--workload` may call it: "W2-cma", all of "W2", or one of its programs."""
        family = self.workload.partition("-")[0]
        return {self.workload, family, *(program.name for program in self.programs)}


def load(path: Path) -> Scenario:
    """Read one scenario file; what it names beside it is absolute afterwards.

    Raises:
        InputError: see `rig.base.document.load`; or a file that it names is not there.
    """
    scenario = document.load(path, Scenario)
    programs = tuple(
        replace(program, file=_beside(path, program.file, ("programs", at, "file")))
        if program.own
        else program
        for at, program in enumerate(scenario.programs)
    )
    sources = tuple(
        _beside(path, name, ("module-sources", at))
        for at, name in enumerate(scenario.module_sources)
    )
    for at, source in enumerate(sources):
        if not any((Path(source) / name).is_file() for name in ("Kbuild", "Makefile")):
            raise InputError(
                f"{document.place(path, ('module-sources', at))}: module-sources.{at}: "
                f"neither Kbuild nor Makefile in {source}",
                hint='a Kbuild with "obj-m += NAME.o" is enough',
            )
    return replace(scenario, programs=programs, module_sources=sources)


def _beside(path: Path, name: str, location: document.Location) -> str:
    """The absolute path of a file that a scenario names."""
    found = (path.parent / name).resolve()
    if not found.exists():
        key = ".".join(str(part) for part in location)
        raise InputError(
            f"{document.place(path, location)}: {key}: there is no {name} beside the scenario",
            hint=f"looked for {found}",
        )
    return str(found)


def schema_text() -> str:
    """The JSON schema of scenario files, for editors: made from the classes here."""
    schema = TypeAdapter(Scenario).json_schema(by_alias=True)
    for shape in (schema, *schema["$defs"].values()):
        keys = shape.get("properties", {})
        # Both spellings are read.
        keys |= {key.replace("-", "_"): value for key, value in keys.items() if "-" in key}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "m2m-rig scenario"}
    return json.dumps({**schema, **head}, indent=2) + "\n"


def load_all(folder: Path) -> tuple[Scenario, ...]:
    """All scenarios of a folder, in the order of their file names."""
    return tuple(load(path) for path in sorted(folder.glob(f"*{SUFFIX}")))


def select(scenarios: Sequence[Scenario], wanted: Selection) -> tuple[Scenario, ...]:
    """Those scenarios that the user named.

    Raises:
        InputError: a driver or workload that no scenario has, with the ones there are.
    """
    drivers = _known(
        "driver",
        (DRIVER_ALIASES.get(name, name) for name in wanted.drivers),
        {scenario.driver for scenario in scenarios},
    )
    workloads = _known(
        "workload",
        wanted.workloads,
        {name for scenario in scenarios for name in scenario.workload_names()},
    )
    chosen = tuple(
        scenario
        for scenario in scenarios
        if (not drivers or scenario.driver in drivers)
        and (not workloads or workloads & scenario.workload_names())
    )
    if not chosen:
        raise InputError(
            "no scenario has both this driver and this workload",
            hint=_some(
                sorted({s.workload for s in scenarios if not drivers or s.driver in drivers}),
                "of this driver there are",
            ),
        )
    return chosen


def _known(what: str, names: Iterable[str], exist: set[str]) -> set[str]:
    wanted = set(names)
    for name in sorted(wanted - exist):
        # "VIM2M" and "w1" are near enough, too.
        folded = {known.lower(): known for known in sorted(exist)}
        near = [folded[found] for found in difflib.get_close_matches(name.lower(), folded, n=1)]
        guess = f"did you mean {near[0]!r}? " if near else ""
        raise InputError(f"unknown {what} {name!r}", hint=guess + _some(sorted(exist), "there are"))
    return wanted


def _some(names: Sequence[str], what: str) -> str:
    """As many names as fit a line."""
    if len(names) <= _SHOWN:
        return f"{what}: {', '.join(names)}"
    return f"{what}: {', '.join(names[:_SHOWN])} … (m2m-rig list shows all)"
