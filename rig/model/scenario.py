# SPDX-License-Identifier: GPL-2.0-only
"""A scenario: what runs in one guest, and what must be seen."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from pathlib import Path
from string import Template
from typing import Annotated, Any

from pydantic import Field, TypeAdapter
from pydantic.dataclasses import dataclass as strict_dataclass

from rig.base import document
from rig.base.document import STRICT
from rig.base.errors import InputError, did_you_mean
from rig.model import layer
from rig.model.claimname import ClaimName
from rig.model.claims import default_claims
from rig.model.drivers import NO_DEVICE, NO_DRIVER, Drivers, Orders, Symbol, bundled
from rig.model.exercise.history import Line
from rig.model.guest import Delays, Turns
from rig.model.hardware import Hardware, Mishap
from rig.model.inheritance import OWN_SUFFIXES, completed
from rig.model.order import Order
from rig.model.release import Range
from rig.model.sources import DRIVERS_ONLY, OWN_SOURCES, Glob, concerns

# How the name of a scenario file ends.
SUFFIX = ".m2m.yaml"

# How a program of the rig's is told which device it is for.
_DEVICE = "--driver="

# What the trace of nearly every scenario fits into, on each virtual CPU.
TRACE_KIB = 1024


# A schema has no defaults but those that are values.
_CLAIMS = Field(
    min_length=1, json_schema_extra={"default": [claim.name for claim in default_claims()]}
)


@strict_dataclass(frozen=True, config=STRICT)
class Program:
    """One workload program of the guest.

    `name`: what its result is called.  `args` are its arguments; `--seed=N` comes after them.
    `file` is one of the rig's programs, or a file of the scenario's own beside it: `.c` is
    compiled with the library of the rig's workloads, `.sh` runs in the guest's shell.
    `seconds` is guest time; a program that runs longer is killed and counts as died.  `real_args`
    come after `args` on the real clock, where a loaded host can be away for longer than a job
    takes: the moments at which consumers ask are moments of a longer job there.
    `history`: the lines of what the program `exercise` is to do; if there are none, the seed draws
    them.  `leave_out`: moves, or interfaces, that what is drawn does not have.
    """

    name: str
    file: str
    args: tuple[str, ...] = ()
    real_args: tuple[str, ...] = ()
    seconds: Annotated[int, Field(ge=1, le=3600)] = 30
    history: tuple[Line, ...] = ()
    leave_out: tuple[str, ...] = ()

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
    """The machine of a scenario.

    `cpus`: virtual CPUs.  `memory`: MiB.  `turns`: how finely the turns of the virtual CPUs are cut
    (rig.machine.schedule).
    """

    cpus: Annotated[int, Field(ge=1, le=8)] = 2
    memory: Annotated[int, Field(ge=256, le=3072)] = 1024
    turns: Turns = "fine"


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
    are there without any series; `forbidden_edges` never.  `orders` are names of such that the
    driver's file has; what is written out comes after them.
    """

    active_probes: Annotated[int, Field(ge=0)] = 0
    active_waits: Annotated[int, Field(ge=0)] = 0
    fences: Annotated[int, Field(ge=0)] = 0
    jobs: dict[str, Annotated[int, Field(ge=1)]] = field(default_factory=dict)
    violations: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    edges: tuple[Order, ...] = ()
    base_edges: tuple[Order, ...] = ()
    forbidden_edges: tuple[Order, ...] = ()


@strict_dataclass(frozen=True, config=STRICT)
class Scenario:
    """One case of the gate, before it has a seed.

    `name`: what it is called, everywhere.  `title`: what it shows, in a line.
    `programs` run in this order.  `machine`: what they run on.
    `claims` are those that it can judge.  `trace`: events, or groups of them, that are traced.
    `sysctl`: settings of the guest ("kernel/prove_locking").
    `kernel_args` come at the end of the kernel's command line.
    `canary`: whether the case ends with a deliberate lock inversion.
    `expect`: what must be seen before silence means anything.
    `about`: what it is about, in a word or three; `m2m-rig list` groups scenarios by it.
    `outside`: programs of others that the guest has besides: the kernel's own `selftests`, or a
    file of `images/layers`.
    `modules` are kernel modules with their parameters ("vim2m debug=1"), loaded in this order
    after what they depend on.  `hardware` is imitated in the guest, and there before the modules
    are.  `mishaps` are faults of that hardware ("vepu:late"), of which few seeds draw some where
    they draw a history.  `trace_kib` is the size of the trace's buffer on each virtual CPU.  A
    `control` has a driver that did not opt in: its fences claim is that there are none, and is not
    judged if the series opts the driver in.  What runs `alone` shares no guest with others: it
    takes away what they have left there.  `scope` adds paths of the kernel (or of a module's
    source) to those where a splat counts against the series.
    `driver` is "none" where nothing is under test; a lock of any other driver must be taken while
    the workloads run.  `driver_module` is its module, where that is not called as the driver is.
    `sources` are the driver's own files in the kernel tree, as globs
    ("drivers/media/platform/mine/**").
    A driver with a file in `kernel-config/drivers` brings all that is left out and that its file
    says: modules, trace, hardware, what programs usually have.  `inherit`: whether it does; else
    it brings its sources and the name of its module only.
    `kernels` are the releases that have what it needs, a range like ">=7.2"; others do without it.
    `device` is `--driver=` of the rig's programs that are not told any, "none": they are not.
    `config` are kernel symbols that it needs besides the rig's.  `module_sources` are directories
    beside it with modules of its own, each with a Kbuild or Makefile that sets obj-m; a splat in
    them counts, too.  `delays`: threads are held up at locks and where interrupts, timers and work
    items begin (images/delays), by the seed: for a "random" time, or to a "rendezvous".
    `rounds`: how often the programs run in one guest, until the kernel complains.
    """

    # With a seed it is the name of a directory.
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=200)]
    title: str
    driver: str
    about: Annotated[str, Field(min_length=1)]
    programs: Annotated[tuple[Program, ...], Field(min_length=1)]
    modules: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    hardware: Hardware | None = None
    mishaps: tuple[Mishap, ...] = ()
    driver_module: str | None = None
    machine: Shape = Shape()
    claims: Annotated[tuple[ClaimName, ...], _CLAIMS] = field(default_factory=default_claims)
    trace: tuple[str, ...] = ()
    trace_kib: Annotated[int, Field(ge=64, le=2**20)] = TRACE_KIB
    sysctl: dict[str, str] = field(default_factory=dict)
    kernel_args: tuple[str, ...] = ()
    canary: bool = True
    control: bool = False
    alone: bool = False
    scope: tuple[str, ...] = ()
    config: dict[Symbol, str] = field(default_factory=dict)
    module_sources: tuple[str, ...] = ()
    inherit: bool = True
    device: str | None = None
    sources: tuple[Glob, ...] = ()
    kernels: Range = ""
    delays: Delays | None = None
    rounds: Annotated[int, Field(ge=1, le=200)] = 1
    expect: Expectations = Expectations()

    def loaded(self, seed: int) -> tuple[str, ...]:
        """Every module to load, with its parameters; hardware is there before its driver."""
        hardware = (self.hardware.module(seed),) if self.hardware else ()
        delays = (f"m2m_delays policy={self.delays} seed={seed}",) if self.delays else ()
        return (*hardware, *self.modules, *delays)

    @property
    def driver_under_test(self) -> str:
        """The kernel's name of the module that holds the driver; "" if none is under test."""
        if self.driver == NO_DRIVER:
            return ""
        return (self.driver_module or self.driver).replace("-", "_")

    def concerned(self, files: Iterable[str], drivers_only: Iterable[Glob] = ()) -> bool:
        """Whether a change of these files is one of its driver (`sources.concerns`).

        Any change may be one of a driver of which nobody said what its sources are.
        """
        unknown = self.driver != NO_DRIVER and not self.sources
        return unknown or concerns(self.sources, files, drivers_only or DRIVERS_ONLY)


def load(
    path: Path, known: Drivers | None = None, words: Mapping[str, str] | None = None
) -> Scenario:
    """Read one scenario file; what it names beside it is absolute afterwards, and what its driver's
    file says is there.

    Args:
        known: the drivers that there are; None: those that come with the rig.
        words: what stands for each $WORD of the file, if it is a template.

    Raises:
        InputError: see `rig.base.document.load`; a word is not there; a file, lock orders or a
            block that it names are not there; nothing says which files are its driver's.
    """
    there = bundled() if known is None else known
    scenario = document.load(
        path, Scenario, lambda value: completed(_filled(path, value, words), there)
    )
    programs = tuple(
        replace(program, file=_beside(path, program.file, ("programs", at, "file")))
        if program.own
        else program
        for at, program in enumerate(scenario.programs)
    )
    found = replace(
        scenario,
        programs=programs,
        module_sources=_module_sources(path, scenario),
        expect=_with_orders(path, scenario, there),
    )
    return _checked(path, _with_device(_with_sources(path, found), there), there)


def _filled(path: Path, value: Any, words: Mapping[str, str] | None) -> Any:
    """A document in which words stand for themselves."""
    if words is None:
        return value
    if isinstance(value, dict):
        return {
            _filled(path, key, words): _filled(path, item, words) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_filled(path, item, words) for item in value]
    if not isinstance(value, str):
        return value
    try:
        return Template(value).substitute(words)
    except (KeyError, ValueError) as error:
        raise InputError(
            f"{path}: nothing is known for {value!r}",
            hint=f"words of a template: {', '.join(f'${word}' for word in words)}",
        ) from error


def _module_sources(path: Path, scenario: Scenario) -> tuple[str, ...]:
    """The directories of its own modules."""
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
    return sources


def _with_sources(path: Path, scenario: Scenario) -> Scenario:
    """The directories of its own modules are sources of its driver."""
    own = (f"{OWN_SOURCES}{Path(source).name}/**" for source in scenario.module_sources)
    sources = tuple(dict.fromkeys((*scenario.sources, *own)))
    if scenario.driver != NO_DRIVER and not sources:
        raise InputError(
            f"{document.place(path, ('driver',))}: driver: nothing says which files of the kernel "
            f"are those of {scenario.driver}, so nobody could tell what concerns it",
            hint="sources: [drivers/media/platform/MINE/**]",
        )
    return replace(scenario, sources=sources)


def _with_device(scenario: Scenario, known: Drivers) -> Scenario:
    """The rig's programs are told which device they are for."""
    driver = known.find(scenario.driver)
    usual = driver.programs.device if driver and scenario.inherit else None
    device = scenario.device or usual
    if device in (None, NO_DEVICE):
        return scenario

    def told(program: Program) -> Program:
        if program.own or any(arg.startswith(_DEVICE) for arg in program.args):
            return program
        return replace(program, args=(f"{_DEVICE}{device}", *program.args))

    return replace(scenario, programs=tuple(map(told, scenario.programs)))


def _with_orders(path: Path, scenario: Scenario, known: Drivers) -> Expectations:
    """The lock orders that it calls by names, and then its own."""
    expect = scenario.expect
    driver = known.find(scenario.driver)
    there = driver.orders if driver else {}
    for at, name in enumerate(expect.orders):
        if name not in there:
            raise InputError(
                f"{document.place(path, ('expect', 'orders', at))}: expect.orders.{at}: "
                f"no lock orders of {scenario.driver} are called {name!r}",
                hint=did_you_mean(name, there).rstrip() or f"there are: {', '.join(there)}",
            )
    groups = [
        *(there[name] for name in expect.orders),
        Orders(expect.edges, expect.base_edges, expect.forbidden_edges),
    ]
    return replace(
        expect,
        orders=(),
        edges=_each_once(group.edges for group in groups),
        base_edges=_each_once(group.base_edges for group in groups),
        forbidden_edges=_each_once(group.forbidden_edges for group in groups),
    )


def _each_once(groups: Iterable[Iterable[Order]]) -> tuple[Order, ...]:
    return tuple(dict.fromkeys(order for group in groups for order in group))


def _checked(path: Path, scenario: Scenario, known: Drivers) -> Scenario:
    """Imitated hardware, and what is expected of it, are those of the drivers that are loaded."""
    _check_layers(path, scenario)
    driver = known.find(scenario.driver)
    if driver is None:
        return scenario
    if driver.job_time == "latency" and scenario.hardware is None:
        raise InputError(
            f"{document.place(path, ('driver',))}: driver: {driver.name} is on imitated hardware, "
            "and the scenario has none",
            hint=f"hardware: {{latency: {driver.blocks[0]}:40000}}",
        )
    blocks = known.blocks_of(scenario.modules)
    for block in scenario.expect.jobs:
        if block not in blocks:
            key = ("expect", "jobs", block)
            raise InputError(
                f"{document.place(path, key)}: {'.'.join(key)}: no driver that is loaded is on "
                "this block",
                hint=f"there are: {', '.join(blocks) or 'none'}",
            )
    return scenario


def _check_layers(path: Path, scenario: Scenario) -> None:
    try:
        layer.check(scenario.outside)
    except InputError as error:
        place = document.place(path, ("outside",))
        raise InputError(f"{place}: outside: {error}", hint=error.hint) from None


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


def text(scenario: Scenario) -> str:
    """A scenario as a file that `load` reads, whatever its driver's file says by then."""
    return document.text(replace(scenario, inherit=False))


def schema_text() -> str:
    """The JSON schema of scenario files, for editors: made from the classes here."""
    schema = TypeAdapter(Scenario).json_schema(by_alias=True)
    for shape in (schema, *schema["$defs"].values()):
        keys = shape.get("properties", {})
        # Both spellings are read.
        keys |= {key.replace("-", "_"): value for key, value in keys.items() if "-" in key}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "m2m-rig scenario"}
    return json.dumps({**schema, **head}, indent=2) + "\n"


def load_all(folder: Path, known: Drivers | None = None) -> tuple[Scenario, ...]:
    """All scenarios of a folder, in the order of their file names; see `load`."""
    there = bundled() if known is None else known
    return tuple(load(path, there) for path in sorted(folder.glob(f"*{SUFFIX}")))
