# SPDX-License-Identifier: GPL-2.0-only
"""What lockdep says of a suspect, in a guest in which it could see all parts of it."""

from typing import Literal

from rig.evidence.case import CaseEvidence
from rig.evidence.lockgraph import normalise
from rig.locks.graph import stable_graph
from rig.locks.suspects import Suspect

# "confirmed": lockdep reported it.  "dropped": it saw every part and had nothing to say.  "open":
# some part did not show again.
Decision = Literal["confirmed", "dropped", "open"]

# What lockdep calls what a suspect may be.
_REPORTS = (
    "circular-locking",
    "irq-lock-order",
    "irq-inversion",
    "inconsistent-lock-state",
    "recursive-locking",
)


def decide(suspect: Suspect, case: CaseEvidence) -> Decision:
    """What lockdep says of a suspect in a guest that ran its scenarios together."""
    wanted = {_printed(lock.name, lock.subclass) for lock in suspect.locks}
    for found in case.splats:
        names = {normalise(name) for name in found.splat.locks}
        if found.splat.kind in _REPORTS and wanted <= names:
            return "confirmed"
    alive = case.canary is not None and not case.splats
    graph = stable_graph(case)
    if not alive or graph is None:
        return "open"
    whole = set(suspect.edges) <= graph.edges and set(suspect.usage) <= graph.usage
    return "dropped" if whole else "open"


def _printed(name: str, subclass: int) -> str:
    return f"{name}/{subclass}" if subclass else name
