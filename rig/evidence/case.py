# SPDX-License-Identifier: GPL-2.0-only
"""The evidence of one case, read from its directory."""

import gzip
import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from rig.evidence.authors import kernel_lines
from rig.evidence.calls import CallLog, parse_calls
from rig.evidence.canaries import Canaries, split_canaries
from rig.evidence.continuity import Continuity, continuity
from rig.evidence.dump import Dump, read_dump
from rig.evidence.fences import FenceLives, fence_lives
from rig.evidence.hardware import HardwareLog, parse_hardware
from rig.evidence.klog import SerialLine, parse_kmsg, parse_serial
from rig.evidence.ktap import KtapResults, parse_ktap
from rig.evidence.leftovers import Leftovers, parse_leftovers
from rig.evidence.loaded import Loaded, parse_loaded
from rig.evidence.lockgraph import LockGraph, LockStats, parse_lock_graph, parse_lock_stats
from rig.evidence.lockkeys import LockKeys, load_keys
from rig.evidence.pairs import Joined, join_all
from rig.evidence.record import CaseRecord, load
from rig.evidence.screens import Screen, parse_screens
from rig.evidence.splats import Splat, find_splats
from rig.evidence.symbols import Attribution, SymbolTable, attribute, load_symbols
from rig.evidence.trace import Trace, parse_trace
from rig.model.guest import GuestRun
from rig.model.sources import OWN_SOURCES

# Where a splat counts against the series, besides the files that the series touches.
SCOPE = ("drivers/media/", "drivers/dma-buf/", "include/media/", "include/linux/dma-")


@dataclass(frozen=True)
class FoundSplat:
    """A splat and where it points."""

    splat: Splat
    where: Attribution


# The same evidence is the same object: what is worked out of it can be kept for those who ask next.
@dataclass(frozen=True, eq=False)
class CaseEvidence:
    """Everything that the verdict on one case rests on.

    Args:
        guest: how the guest lived; None if the rig died with it.
        serial: what the kernel printed; lines that are proven to be a program's are not there.
        canaries: the deliberate reports; they are not among `splats`.
        loaded: the kernel and its modules, those that were there before the workloads and those
            that were there after them.
        leftovers: what is there at the end and was not at the beginning.
        graph_start, graph, trace, hardware: None if the guest did not deliver it.
        keys: where the keys of `graph` lie; None if nobody looked.
        calls: what programs recorded, by the names of their runs.
        screens: pictures that programs kept.
    """

    record: CaseRecord
    plan: str
    guest: GuestRun | None
    serial: tuple[SerialLine, ...]
    continuity: Continuity
    splats: tuple[FoundSplat, ...]
    canaries: Canaries
    results: KtapResults
    dump: Dump
    stats_start: LockStats | None
    stats_end: LockStats | None
    loaded: Loaded
    graph_start: LockGraph | None
    graph: LockGraph | None
    keys: LockKeys | None
    trace: Trace | None
    hardware: HardwareLog | None
    leftovers: Leftovers
    calls: Mapping[str, CallLog] = field(default_factory=dict)
    screens: tuple[Screen, ...] = ()

    @property
    def canary(self) -> Splat | None:
        """The deliberate report of locks, if it came."""
        return self.canaries.locks

    @cached_property
    def lives(self) -> FenceLives | None:
        """The lives of the fences in the trace; None if there is none."""
        return fence_lives(self.trace) if self.trace is not None else None

    @cached_property
    def joined(self) -> Mapping[str, Joined]:
        """The jobs of the hardware with their fences, by block; empty without either."""
        if self.hardware is None or self.lives is None:
            return {}
        lives, observations = self.lives.fences.values(), self.results.observations
        return join_all(self.hardware, lives, observations, self.record.kernel.publishes)


def read_case(folder: Path) -> CaseEvidence:
    """Read the directory of one case.  What the guest left may be missing or broken in any way;
    what the rig wrote may not.

    Raises:
        InputError: case.json is missing or was written by another version.
    """
    record = load(folder / "case.json", CaseRecord)
    guest_file = folder / "guest.json"
    dump = read_dump(folder / "dump.tar")
    serial, compared = _serial(folder, dump)
    splats, canaries = split_canaries(find_splats(serial))
    symbols = read_symbols(folder, record)
    scope = scope_of(record)
    drivers = _drivers(record)
    start, graph = dump.files.get("start/lockdep"), dump.files.get("lockdep")
    trace = dump.files.get("trace")
    return CaseEvidence(
        record=record,
        plan=_read(folder / "plan").rstrip(b"\0").decode(errors="backslashreplace"),
        guest=load(guest_file, GuestRun) if guest_file.exists() else None,
        serial=serial,
        continuity=compared,
        splats=tuple(FoundSplat(s, attribute(s, symbols, scope, drivers)) for s in splats),
        canaries=canaries,
        results=parse_ktap(_read(folder / "results.ktap")),
        dump=dump,
        stats_start=_stats(dump, "start"),
        stats_end=_stats(dump, "end"),
        loaded=read_loaded(dump),
        graph_start=parse_lock_graph(start) if start is not None else None,
        graph=(
            parse_lock_graph(graph, dump.files.get("lockdep_chains", b""))
            if graph is not None
            else None
        ),
        keys=load_keys(folder / "locks.json"),
        trace=(
            parse_trace(trace, dump.files.get("trace_stats", b"")) if trace is not None else None
        ),
        hardware=_hardware(dump),
        leftovers=parse_leftovers(dump),
        calls=_calls(dump, record),
        screens=parse_screens(dump, [program.name for program in record.scenario.programs]),
    )


def _calls(dump: Dump, record: CaseRecord) -> dict[str, CallLog]:
    """Members are numbered in the order of the plan."""
    members = (
        (program.name, dump.files.get(f"calls/{number}"))
        for number, program in enumerate(record.scenario.programs, 1)
    )
    return {name: parse_calls(data) for name, data in members if data is not None}


def read_symbols(folder: Path, record: CaseRecord) -> SymbolTable:
    """The source lines of a case; modules of the user's own are where the user has them.

    Raises:
        InputError: symbols.json is damaged or of another version.
    """
    table = load_symbols(folder / "symbols.json")
    return table.moved(
        {f"{OWN_SOURCES}{Path(own).name}/": f"{own}/" for own in record.scenario.module_sources}
    )


def scope_of(record: CaseRecord) -> tuple[str, ...]:
    """Beginnings of the paths where a splat counts against what is under test."""
    own = (f"{source}/" for source in record.scenario.module_sources)
    return (*SCOPE, *record.kernel.series_files, *record.scenario.scope, *own)


def read_splats(folder: Path, dump: Dump) -> tuple[Splat, ...]:
    """The reports in the log of a case with this dump, without the canary."""
    serial, _ = _serial(folder, dump)
    splats, _ = split_canaries(find_splats(serial))
    return splats


def read_loaded(dump: Dump) -> Loaded:
    """What was loaded before the workloads or after them."""
    before, after = (
        parse_loaded(dump.files.get(f"{when}/loaded", b"")) for when in ("start", "end")
    )
    return Loaded(
        {**before.build_ids, **after.build_ids},
        {**before.sections, **after.sections},
        (*before.problems, *after.problems),
    )


def _serial(folder: Path, dump: Dump) -> tuple[tuple[SerialLine, ...], Continuity]:
    """What the kernel printed, and whether that is all."""
    console = parse_serial(_read(folder / "serial.log"))
    kmsg = parse_kmsg(dump.files.get("kmsg", b""))
    return tuple(kernel_lines(console, kmsg)), continuity(console, kmsg)


def guest_config(dump: Dump) -> bytes:
    """The configuration that the running kernel showed; empty if it showed none."""
    try:
        return gzip.decompress(dump.files.get("start/config.gz", b""))
    except (OSError, EOFError, zlib.error):
        return b""


def guest_config_sha256(dump: Dump) -> str:
    """The hash of it; "" if there is none."""
    text = guest_config(dump)
    return hashlib.sha256(text).hexdigest() if text else ""


def _drivers(record: CaseRecord) -> frozenset[str]:
    """What a driver under test may call itself: its own name, and those of its modules."""
    modules = (words.split()[0] for words in record.scenario.modules if words.split())
    names = {record.scenario.driver, *modules}
    return frozenset(name for given in names for name in (given, given.replace("_", "-")))


def _stats(dump: Dump, when: str) -> LockStats | None:
    data = dump.files.get(f"{when}/lockdep_stats")
    return parse_lock_stats(data) if data is not None else None


def _hardware(dump: Dump) -> HardwareLog | None:
    jobs, stats = (dump.files.get(f"silicon/{name}") for name in ("jobs", "stats"))
    if jobs is None and stats is None:
        return None
    return parse_hardware(jobs or b"", stats or b"")


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""
