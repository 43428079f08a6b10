# SPDX-License-Identifier: GPL-2.0-only
"""What was left when every program of a case had gone."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rig.evidence.case import CaseEvidence, scope_of
from rig.evidence.leftovers import Count, Site
from rig.judge.kinds import Effects, Kind
from rig.judge.oracle import Oracle
from rig.judge.reasons import Reason
from rig.judge.told import TOLD, told
from rig.model.claims.locks import CLAIM as LOCKS
from rig.model.sources import OWN_SOURCES

_BROKEN: Effects = {LOCKS: "DIRTY"}

MEMORY = Kind(
    "left.memory",
    "Code under test allocated memory that was still there when every program had gone.",
    _BROKEN,
)
HELD = Kind(
    "left.held",
    "A device, a clock or a module was referred to, or kept awake, more or less often than before.",
    _BROKEN,
)
INTERRUPT = Kind(
    "left.interrupt",
    "A handler of an interrupt was there at the end and not at the beginning.",
    _BROKEN,
)
NOT_COUNTED = Kind(
    "left.not-counted",
    "The guest could not tell what was left, so nothing is known of leaks.",
    {LOCKS: "INCONCLUSIVE"},
)


def left(case: CaseEvidence) -> Iterator[Reason]:
    """Memory, references, power, clocks and interrupts, from before the workloads and after."""
    if not case.dump.complete:
        return
    yield from _not_counted(case)
    if _unfinished(case):
        return
    yield from _memory(case)
    yield from told(HELD, map(_count, case.leftovers.counts))
    yield from told(INTERRUPT, case.leftovers.interrupts)


def _not_counted(case: CaseEvidence) -> Iterator[Reason]:
    """Whoever counts nothing finds nothing left."""
    for problem in case.leftovers.problems:
        yield Reason(NOT_COUNTED, problem)
    for site in _in_scope(case):
        if site.lossy:
            where = f"{site.function} at {site.file}:{site.line}"
            yield Reason(NOT_COUNTED, f"{where} is not counted to the end")
    for name in ("allocations", "start/devices", "end/devices"):
        if not case.dump.files.get(name):
            yield Reason(NOT_COUNTED, f"{name}: {case.dump.missing.get(name, 'it is not there')}")


# What allocates for a driver that asks it to, and for nobody else in a guest: memory for DMA,
# tables of pages, what a device is to have as long as it has its driver.
_FOR_DRIVERS = ("kernel/dma/", "lib/scatterlist.c", "drivers/base/devres.c")


def _unfinished(case: CaseEvidence) -> bool:
    """A program that could not be ended holds what it has; one that the kernel killed in the
    middle of a call, too.  Each of them is a reason by itself."""
    died = any(found.splat.severity == "fatal" for found in case.splats)
    return died or any(test.directive == "TIMEOUT" for test in case.results.tests)


def _in_scope(case: CaseEvidence) -> tuple[Site, ...]:
    """The places whose memory counts."""
    # Of a module of the user's own the kernel knows only where it was compiled.
    own = (f"{OWN_SOURCES}{Path(path).name}/" for path in case.record.scenario.module_sources)
    scope = (*scope_of(case.record), *own, *_FOR_DRIVERS)
    return tuple(site for site in case.leftovers.allocations if site.file.startswith(scope))


def _memory(case: CaseEvidence) -> Iterator[Reason]:
    grown = [site for site in _in_scope(case) if site.after > site.before and not site.lossy]
    # The largest first: many small ones may hang on it.
    grown.sort(key=lambda site: site.before - site.after)
    reasons = tuple(told(MEMORY, map(_site, grown)))
    for site, reason in zip(grown, reasons[:TOLD], strict=False):
        yield replace(reason, file=site.file, line=site.line)
    # What stands for all the others has no place of its own.
    yield from reasons[TOLD:]


def _site(site: Site) -> str:
    return (
        f"{site.function}: {site.after - site.before} more allocations than before "
        f"({site.before}, then {site.after})"
    )


def _count(count: Count) -> str:
    return f"{count.of}: {count.what}: {count.before} before, {count.after} after"


ORACLE = Oracle(
    name="leftovers",
    rank=105,
    looks_at="`/proc/allocinfo`, references and power of the devices on the platform bus, clocks, "
    "interrupts, references of modules and (profile `lockdep+dma`) mappings for DMA, from before "
    "the workloads and after them, when what only waits for its turn to go has gone.",
    proves="that code under test gave back all memory that it allocated, by place in the source, "
    "and what it had others allocate: memory for DMA, scatter lists, resources of a device; and "
    "that devices, clocks, modules and interrupts are held as often as before.",
    not_proven="that memory was given back which other helpers allocate for it, such as a name; "
    "nor anything of a case whose programs could not be ended.",
    kinds=(MEMORY, HELD, INTERRUPT, NOT_COUNTED),
    looks=(left,),
)
