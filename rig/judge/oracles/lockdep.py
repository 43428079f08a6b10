# SPDX-License-Identifier: GPL-2.0-only
"""Was lockdep alive from the first workload to the last instruction?"""

from collections.abc import Iterator

from rig.evidence.case import CaseEvidence
from rig.judge.reasons import Reason

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
        yield Reason("lockdep.no-statistics", f"no lockdep_stats from the {which} of the case")
    for when, stats in (("start", start), ("end", end)):
        if stats is not None and stats.debug_locks != 1:
            yield Reason("lockdep.off", f"debug_locks is {stats.debug_locks} at the {when}")
        proving = case.dump.files.get(f"{when}/prove_locking", b"").strip()
        if stats is not None and proving != b"1":
            yield Reason("lockdep.not-proving", f"prove_locking is {proving!r} at the {when}")
    if start is None or end is None:
        return
    looked = tuple(sum(stats.values.get(name, 0) for name in LOOKUPS) for stats in (start, end))
    if looked[1] <= looked[0]:
        yield Reason("lockdep.idle", f"{looked[0]} chains looked up before, {looked[1]} after")
    for name in TABLES:
        if name not in end.limits:
            yield Reason("lockdep.no-statistics", f"the size of the table of {name} is not told")
    for name, used, limit in end.tables():
        if used >= FULL * limit:
            yield Reason("lockdep.full", f"{name}: {used} of {limit} used")


def canary(case: CaseEvidence) -> Iterator[Reason]:
    """The deliberate inversion, reported as the last splat of the log."""
    if case.canary is not None:
        return
    planned = case.record.scenario.canary
    if planned and case.dump.complete:
        yield Reason("lockdep.canary-silent", "no report about m2m_canary_a and m2m_canary_b")
    elif planned:
        yield Reason("lockdep.no-canary", "the guest did not come as far as the canary")
    else:
        yield Reason("lockdep.no-canary", "the scenario has switched the canary off")
