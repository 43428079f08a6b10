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
        PROGRAM-NAME.png  pictures that programs kept, made from dump.tar; may be deleted
"""

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as strict_dataclass

from rig.base.document import STRICT
from rig.base.errors import InputError
from rig.model.claimname import ClaimName
from rig.model.guest import Clock, Fresh
from rig.model.known import KnownIssue
from rig.model.options import Options
from rig.model.scenario import Scenario

SCHEMA = 3

# Of what is written down of a run, which has the options of its command line.
RUN_SCHEMA = 4

T = TypeVar("T")


@strict_dataclass(frozen=True, config=STRICT)
class KernelFacts:
    """What judging needs to know of the kernel that ran.

    `series_files` are the files that the series touches: a splat there is in scope.
    `publishes`: the series says in the trace when it publishes a fence.
    `drivers`: those that the series opts in; empty: all.
    `missing_patches` are patches of the rig that did not apply, `missing_files` what each would
    have touched.  `drivers_only`: globs of where each file is at most one driver's.
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
    drivers_only: tuple[str, ...] = ()
    strict: bool = False
    publishes: bool = False
    drivers: tuple[str, ...] = ()
    patches: tuple[str, ...] = ()


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
    claims: tuple[ClaimName, ...]
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

    `options` are what the user chose; `reproduce` is the command line that chooses it again, for
    people.  `drivers`: those that the run must judge, because the series opts them in and nobody
    chose; `changed`: the series changes something at all; `strict`: as in `KernelFacts`.
    `notes`: how patches and claims were chosen, and what that leaves unjudged.
    `mended`: what of the cache was not what had been written, and was made anew: a line each.
    `places`: of a shard: where its first cases stand among those of the whole run, from 0.
    `apart`: of each case that was several scenarios in one guest, and red: those of its scenarios
    that were planned alone because of that.
    """

    cases: tuple[str, ...]
    claims: tuple[ClaimName, ...]
    series: str
    kernel: str
    clock: str
    seeds: tuple[int, ...]
    reproduce: str
    options: Options
    drivers: tuple[str, ...] = ()
    changed: bool = False
    strict: bool = False
    notes: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    apart: dict[str, tuple[str, ...]] = field(default_factory=dict)
    schema: int = RUN_SCHEMA


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
    plain = TypeAdapter(type(record)).dump_python(record, mode="json")
    return (json.dumps(plain, indent=1) + "\n").encode()


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
        # Validators of ours say all there is to say.
        what = first["msg"].removeprefix("Value error, ")
        raise InputError(f"{path} is damaged: {where}: {what}") from error
