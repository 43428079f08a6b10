# SPDX-License-Identifier: GPL-2.0-only
"""The lock graph: orders that must be there, orders that must not."""

from collections.abc import Iterator

from rig.evidence.case import CaseEvidence
from rig.reasons import Reason


def edges(case: CaseEvidence) -> Iterator[Reason]:
    """Required and forbidden edges of the scenario; some come with fences only."""
    expect = case.record.scenario.expect
    fences = case.record.kernel.publishes
    wanted = (*expect.base_edges, *(expect.edges if fences else ()))
    if case.graph is None:
        if wanted or expect.forbidden_edges:
            yield Reason("exercise.edge-missing", "the guest delivered no lock graph")
        return
    seen = case.graph.edges_by_name()
    for before, after in wanted:
        if (before, after) not in seen:
            yield Reason("exercise.edge-missing", f"{before} -> {after} is not in the lock graph")
    for before, after in expect.forbidden_edges:
        if (before, after) in seen:
            yield Reason("graph.forbidden-edge", f"{before} -> {after} is in the lock graph")
