# SPDX-License-Identifier: GPL-2.0-only
"""What the rig itself writes into a run directory: what was planned, with what.

A run directory is

    run.json              RunRecord
    build.json            how the kernel was built
    verdict.json, report.txt, junit.xml, report.html      made from the rest; may be deleted
    cases/CASE/
        case.json         CaseRecord
        plan              what the guest was told, as it read it
        argv.json         the exact command line of QEMU
        guest.json        how the guest lived (rig.machine.run.GuestRun); written last of all
        lost/             what a first attempt left whose QEMU went away
        serial.log, results.ktap, dump.tar       what it left (docs/reference/protocol.md)
        symbols.json      the source lines of every frame in the serial log
        locks.json        where the keys of the lock classes lie
"""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as strict_dataclass

from rig.base.document import STRICT
from rig.base.errors import InputError
from rig.model.claims import Claim
from rig.model.guest import Clock, Fresh
from rig.model.known import KnownIssue
from rig.model.scenario import Scenario

SCHEMA = 2

T = TypeVar("T")


@strict_dataclass(frozen=True, config=STRICT)
class KernelFacts:
    """What judging needs to know of the kernel that ran.

    `series_files` are the files that the series touches: a splat there is in scope.
    `publishes`: the series says in the trace when it publishes a fence.
    `drivers`: those that the series opts in; empty: all.
    `missing_patches` are patches of the rig that did not apply, `missing_files` what each would
    have touched.
    `strict`: lockdep was told of all that is needed to signal a fence (docs/explain/strict.md).
    `patches`: subjects of all that was applied for the user, of the series and besides.
    """

    key: str
    release: str
    config_sha256: str
    series: str
    series_files: tuple[str, ...] = ()
    missing_patches: tuple[str, ...] = ()
    missing_files: dict[str, tuple[str, ...]] = field(default_factory=dict)
    strict: bool = False
    publishes: bool = False
    drivers: tuple[str, ...] = ()
    patches: tuple[str, ...] = ()

    def opts_in(self, driver: str) -> bool:
        """Whether the series gives fences to a driver."""
        return not self.drivers or driver in self.drivers


@strict_dataclass(frozen=True, config=STRICT)
class CaseRecord:
    """One case as it was planned.

    `periods`: microseconds at which turns were to be cut.  `known`: defects on record that this
    case must show.  `fresh`: whether its guest was booted, or went on from a snapshot.
    `build_ids`: of the kernel ("vmlinux") and of each module of the plan, as they were built.
    """

    scenario: Scenario
    seed: int
    clock: Clock
    periods: tuple[int, ...]
    claims: tuple[Claim, ...]
    kernel: KernelFacts
    reproduce: str
    known: tuple[KnownIssue, ...] = ()
    fresh: Fresh = "boot"
    build_ids: dict[str, str] = field(default_factory=dict)
    schema: int = SCHEMA

    @property
    def id(self) -> str:
        """What the case is called in its run directory: s is a schedule, r a real clock."""
        return f"{self.scenario.name}-{'r' if self.clock == 'real' else 's'}{self.seed}"


@strict_dataclass(frozen=True, config=STRICT)
class RunRecord:
    """One run as it was planned: every case in `cases` must have evidence.

    `drivers`: those that the run must judge, because the series opts them in and nobody chose;
    `changed`: the series changes something at all; `strict`: as in `KernelFacts`.
    `mended`: what of the cache was not what had been written, and was made anew: a line each.
    """

    cases: tuple[str, ...]
    claims: tuple[Claim, ...]
    series: str
    kernel: str
    clock: str
    seeds: tuple[int, ...]
    reproduce: str
    drivers: tuple[str, ...] = ()
    changed: bool = False
    strict: bool = False
    mended: tuple[str, ...] = ()
    schema: int = SCHEMA


@dataclass(frozen=True)
class RunDir:
    """The paths of a run directory."""

    path: Path

    @property
    def run(self) -> Path:
        return self.path / "run.json"

    def case(self, case: str) -> Path:
        """The directory of one case."""
        return self.path / "cases" / case


def encode(record: Any) -> bytes:
    """A record as JSON."""
    return (json.dumps(asdict(record), indent=1) + "\n").encode()


def save(record: Any, path: Path) -> None:
    """Write a record, whole or not at all."""
    scratch = path.with_name(path.name + ".new")
    scratch.write_bytes(encode(record))
    scratch.replace(path)


def load(path: Path, kind: type[T]) -> T:
    """Read a record back.

    Raises:
        InputError: it is not there, or was written by another version.
    """
    try:
        data = json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"{path} is missing", hint="is this a run directory?") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    version = next(f.default for f in fields(kind) if f.name == "schema")  # type: ignore[arg-type]
    if isinstance(data, dict) and data.get("schema") != version:
        raise InputError(
            f"{path} has version {data.get('schema')}, this m2m-rig reads {version}",
            hint="judge it with the version that made it, or run again",
        )
    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path} is damaged: {where}: {first['msg']}") from error
