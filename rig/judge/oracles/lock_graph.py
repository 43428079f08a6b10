# SPDX-License-Identifier: GPL-2.0-only
"""The lock graph: did the code under test run at all, orders that must be there, orders that must
not.

Lockdep counts how often each class of locks was taken.
"""

from collections.abc import Iterator

from rig.evidence.case import CaseEvidence
from rig.evidence.lockgraph import LockGraph, normalise
from rig.judge.kinds import Kind
from rig.judge.oracle import Oracle
from rig.judge.reasons import Reason
from rig.model.claim import Premise
from rig.model.claims.fences import CLAIM as FENCES
from rig.model.claims.locks import CLAIM as LOCKS
from rig.model.order import orders_of

EDGE_MISSING = Kind(
    "exercise.edge-missing",
    "A lock order that this workload must produce is not in the graph: the code under test did not "
    "run.",
    premise=Premise.EXERCISED,
)
DRIVER_IDLE = Kind(
    "exercise.driver-idle",
    "No lock of the driver was taken while the workloads ran: the code under test did not run.",
    premise=Premise.EXERCISED,
)
CLASS_IDLE = Kind(
    "exercise.class-idle",
    "A lock that this workload must take was not taken while it ran.",
    premise=Premise.EXERCISED,
)
FORBIDDEN_EDGE = Kind(
    "graph.forbidden-edge",
    "A lock was taken inside another where the rules for fences forbid it.",
    {LOCKS: "DIRTY", FENCES: "DIRTY"},
)

# vb2_buffer_done() takes it, and opening or closing a device does not.
BUFFER_DONE = "&q->done_lock"

# In a section that leads to the signalling of a fence nobody may wait for those who may wait for
# fences: who holds a reservation, reclaims memory or maps buffers (driver-api/dma-buf, "DMA Fence
# Signalling Annotations").  Lockdep needs both orders for a report; one is enough here.
FENCE_RULES = tuple(
    ("dma_fence_map", lock)
    for lock in (
        "reservation_ww_class_mutex",
        "reservation_ww_class_acquire",
        "fs_reclaim",
        "&q->mmap_lock",
    )
)

# In a strict kernel a job is a lock, which stands between what is held around .device_run and what
# is taken in it.  /proc/lockdep shows neighbours only.
JOB = "m2m_job"


def locks_taken(case: CaseEvidence) -> Iterator[Reason]:
    """A lock of the driver's own, the one that each finished buffer takes, and those of the
    scenario, while the workloads ran.

    A chain that lockdep had not met before would prove nothing: an idle kernel finds some, too.
    """
    scenario = case.record.scenario
    if case.graph is None or case.graph_start is None:
        yield Reason(DRIVER_IDLE, "the guest did not say which locks were taken")
        return
    taken = _taken(case.graph_start, case.graph)
    if driver := scenario.driver_under_test:
        yield from _driver(case, driver, taken)
        wanted = (BUFFER_DONE, *scenario.expect.classes)
    else:
        wanted = scenario.expect.classes
    names = {normalise(case.graph.classes[key].name) for key in taken}
    for name in wanted:
        if name not in names:
            yield Reason(CLASS_IDLE, f"{name} was not taken while the workloads ran")


def _driver(case: CaseEvidence, driver: str, taken: set[str]) -> Iterator[Reason]:
    if case.keys is None:
        yield Reason(DRIVER_IDLE, "nobody looked up whose locks they are: no locks.json")
        return
    own = {key for key, place in case.keys.places.items() if place.module == driver}
    if not own & taken:
        what = "none of its locks was taken" if own else "it has no lock that is known"
        yield Reason(DRIVER_IDLE, f"module {driver}: {what} while the workloads ran")


def _taken(before: LockGraph, after: LockGraph) -> set[str]:
    """The keys of the classes that were taken in between."""
    counts = {key: entry.operations or 0 for key, entry in before.classes.items()}
    return {
        key
        for key, entry in after.classes.items()
        if entry.operations is not None and entry.operations > counts.get(key, 0)
    }


def edges(case: CaseEvidence) -> Iterator[Reason]:
    """Required and forbidden edges of the scenario; some come with fences only."""
    expect = case.record.scenario.expect
    kernel = case.record.kernel
    orders = (*expect.base_edges, *(expect.edges if kernel.publishes else ()))
    wanted = orders_of(orders, kernel.release)
    forbidden = orders_of(expect.forbidden_edges, kernel.release)
    if case.graph is None:
        if wanted or forbidden:
            yield Reason(EDGE_MISSING, "the guest delivered no lock graph")
        return
    seen = case.graph.edges_by_name()
    for before, after in wanted:
        between = kernel.strict and (JOB, after) in seen
        if (before, after) not in seen and not between:
            yield Reason(EDGE_MISSING, f"{before} -> {after} is not in the lock graph")
    for before, after in (*FENCE_RULES, *forbidden):
        if (before, after) in seen:
            yield Reason(FORBIDDEN_EDGE, f"{before} -> {after} is in the lock graph")


ORACLE = Oracle(
    name="lock graph",
    rank=70,
    looks_at="`/proc/lockdep` before and after the workloads: classes, how often each was taken, "
    "and which was taken inside which.",
    proves="that the driver's own locks were taken while the workloads ran, that orders which the "
    "workload must produce are there, and that none is there that the rules for fences forbid "
    "(`dma_fence_map` outside of a reservation, of reclaim, of mmap), even before a second order "
    "completes a cycle.",
    not_proven="that no other boot has the other half of an inversion; `m2m-rig union` adds the "
    "graphs of all cases up.",
    kinds=(EDGE_MISSING, DRIVER_IDLE, CLASS_IDLE, FORBIDDEN_EDGE),
    looks=(locks_taken, edges),
)
