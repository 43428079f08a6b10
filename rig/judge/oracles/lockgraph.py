# SPDX-License-Identifier: GPL-2.0-only
"""The lock graph: orders that must be there, orders that must not."""

from collections.abc import Iterator

from rig.evidence.case import CaseEvidence
from rig.judge.reasons import Reason
from rig.model.order import orders_of

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


def edges(case: CaseEvidence) -> Iterator[Reason]:
    """Required and forbidden edges of the scenario; some come with fences only."""
    expect = case.record.scenario.expect
    kernel = case.record.kernel
    orders = (*expect.base_edges, *(expect.edges if kernel.publishes else ()))
    wanted = orders_of(orders, kernel.release)
    forbidden = orders_of(expect.forbidden_edges, kernel.release)
    if case.graph is None:
        if wanted or forbidden:
            yield Reason("exercise.edge-missing", "the guest delivered no lock graph")
        return
    seen = case.graph.edges_by_name()
    for before, after in wanted:
        between = kernel.strict and (JOB, after) in seen
        if (before, after) not in seen and not between:
            yield Reason("exercise.edge-missing", f"{before} -> {after} is not in the lock graph")
    for before, after in (*FENCE_RULES, *forbidden):
        if (before, after) in seen:
            yield Reason("graph.forbidden-edge", f"{before} -> {after} is in the lock graph")
