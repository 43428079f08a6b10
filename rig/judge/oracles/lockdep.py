# SPDX-License-Identifier: GPL-2.0-only
"""Was lockdep alive from the first workload to the last instruction?"""

from collections.abc import Iterator

from rig.evidence.case import CaseEvidence
from rig.judge.kinds import Kind
from rig.judge.oracle import Oracle
from rig.judge.reasons import Reason
from rig.model.claim import Premise


def _not_alive(id: str, meaning: str, *, blinds: bool = False) -> Kind:
    return Kind(id, meaning, premise=Premise.LOCKDEP, blinds=blinds)


OFF = _not_alive(
    "lockdep.off",
    "debug_locks was not 1 at the start or at the end: locks were not being checked.",
    blinds=True,
)
NOT_PROVING = _not_alive(
    "lockdep.not-proving",
    "prove_locking was not 1 at the start or at the end: lockdep looked on without checking.",
    blinds=True,
)
NO_STATISTICS = _not_alive(
    "lockdep.no-statistics", "The guest did not deliver what proves that lockdep was alive."
)
IDLE = _not_alive("lockdep.idle", "Lockdep checked no lock while the workloads ran.")
OVERFULL = _not_alive(
    "lockdep.full",
    "A table of lockdep is full, or nearly: it stops checking when one overflows.",
)
CANARY_SILENT = _not_alive(
    "lockdep.canary-silent",
    "The deliberate lock inversion at the end was not reported: a real one would not have been "
    "either.",
    blinds=True,
)
NO_CANARY = _not_alive(
    "lockdep.no-canary",
    "The case ended without the deliberate lock inversion that proves lockdep alive.",
    blinds=True,
)

# A table this full may have overflowed between two looks.
FULL = 0.95

# Those that lockdep turns itself off over (kernel/locking/lockdep.c, "MAX_... too low!").
TABLES = (
    "lock-classes",
    "direct dependencies",
    "dependency chains",
    "dependency chain hlocks used",
    "stack-trace entries",
)

# Every acquisition that is checked looks up its chain (CONFIG_DEBUG_LOCKDEP counts).
LOOKUPS = ("chain lookup hits", "chain lookup misses")


def alive(case: CaseEvidence) -> Iterator[Reason]:
    """debug_locks, prove_locking, work done and room, at the start and at the end."""
    start, end = case.stats_start, case.stats_end
    if start is None or end is None:
        which = " and ".join(
            name for name, stats in (("start", start), ("end", end)) if stats is None
        )
        yield Reason(NO_STATISTICS, f"no lockdep_stats from the {which} of the case")
    for when, stats in (("start", start), ("end", end)):
        if stats is not None and stats.debug_locks != 1:
            yield Reason(OFF, f"debug_locks is {stats.debug_locks} at the {when}")
        proving = case.dump.files.get(f"{when}/prove_locking", b"").strip()
        if stats is not None and proving != b"1":
            yield Reason(NOT_PROVING, f"prove_locking is {proving!r} at the {when}")
    if start is None or end is None:
        return
    looked = tuple(sum(stats.values.get(name, 0) for name in LOOKUPS) for stats in (start, end))
    if looked[1] <= looked[0]:
        yield Reason(IDLE, f"{looked[0]} chains looked up before, {looked[1]} after")
    for name in TABLES:
        if name not in end.limits:
            yield Reason(NO_STATISTICS, f"the size of the table of {name} is not told")
    for name, used, limit in end.tables():
        if used >= FULL * limit:
            yield Reason(OVERFULL, f"{name}: {used} of {limit} used")


def canary(case: CaseEvidence) -> Iterator[Reason]:
    """The deliberate inversion, reported as the last splat of the log."""
    if case.canary is not None:
        return
    planned = case.record.scenario.canary
    if planned and case.dump.complete:
        yield Reason(CANARY_SILENT, "no report about m2m_canary_a and m2m_canary_b")
    elif planned:
        yield Reason(NO_CANARY, "the guest did not come as far as the canary")
    else:
        yield Reason(NO_CANARY, "the scenario has switched the canary off")


ORACLE = Oracle(
    name="lockdep",
    rank=50,
    looks_at="`/proc/lockdep_stats` and `prove_locking` from start and end, and at the *canary*: a "
    "deliberate lock inversion, the last thing in every case.",
    proves="that lockdep was on, was checking, had room in its tables, and reported an inversion "
    "at the very end. Lockdep turns itself off at the first report of anybody; without the canary "
    "a silent log proves nothing.",
    not_proven="that an inversion was possible to see: lockdep knows the orders that were taken, "
    "not those that could be.",
    kinds=(OFF, NOT_PROVING, NO_STATISTICS, IDLE, OVERFULL, CANARY_SILENT, NO_CANARY),
    looks=(alive, canary),
)
