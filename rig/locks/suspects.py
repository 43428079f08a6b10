# SPDX-License-Identifier: GPL-2.0-only
"""What lockdep would have reported if one boot had seen all that several saw.

Each boot shows lockdep the orders of one scenario under one schedule.  A cycle with one half in one
scenario and the other in another is in no graph that lockdep ever looked at; nor is a lock that one
takes in an interrupt and another leaves open to it.  What is found here is a *suspect*: the proc
files show no read locks, trylocks or nesting, which may make it harmless.  Lockdep decides, in one
guest that runs the scenarios together.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import networkx

from rig.evidence.lockkeys import LockIdentity
from rig.locks.graph import CaseGraph, Edge, Usage, union

# Longer cycles than this many locks are no use to anybody.
LONGEST = 8

# A lock with "X in" must not wait, through whatever, for one with "X enabled".  Of two read locks
# neither waits for the other.
_CONFLICTS = tuple(
    (f"{context}{inside} in", f"{context}{open} enabled")
    for context in ("hardirq", "softirq")
    for inside, open in (("", ""), ("", "-read"), ("-read", ""))
)


@dataclass(frozen=True)
class Suspect:
    """A report that lockdep could not make.

    Attributes:
        kind: "cycle" or "irq-inversion".
        locks: in the order in which they were taken, each inside the one before; a cycle goes on
            from the last to the first.
        uses: of the first and the last lock, for an inversion.
        cases: a few that together have it all, in the order of the run; no one of them alone has.
    """

    kind: str
    locks: tuple[LockIdentity, ...]
    cases: tuple[str, ...]
    uses: tuple[str, str] = ("", "")

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The orders that it is made of."""
        ends = self.locks[1:] + (self.locks[:1] if self.kind == "cycle" else ())
        return tuple(zip(self.locks, ends, strict=False))

    @property
    def usage(self) -> tuple[Usage, ...]:
        """The uses that it is made of."""
        if self.kind == "cycle":
            return ()
        return ((self.locks[0], self.uses[0]), (self.locks[-1], self.uses[1]))

    def __str__(self) -> str:
        path = " -> ".join(str(lock) for lock in self.locks)
        if self.kind == "cycle":
            return f"cycle: {path} -> {self.locks[0]}"
        first, last = (f"{lock} ({use})" for lock, use in self.usage)
        return f"irq inversion: {first} ... {last}: {path}"


def suspects(cases: Sequence[CaseGraph]) -> tuple[Suspect, ...]:
    """The cycles and inversions of the union of these graphs that no single one of them has.

    Of many cycles through the same locks only the shortest are told.
    """
    total = union(case.graph for case in cases)
    graph: networkx.DiGraph[LockIdentity] = networkx.DiGraph(sorted(total.edges))
    found = [*_cycles(graph, cases), *_inversions(graph, total.usage, cases)]
    return tuple(dict.fromkeys(found))


def _cycles(
    graph: "networkx.DiGraph[LockIdentity]", cases: Sequence[CaseGraph]
) -> Iterator[Suspect]:
    for component in networkx.strongly_connected_components(graph):
        if len(component) < 2:
            continue
        inside = graph.subgraph(component)
        for before, after in sorted(inside.edges):
            # The shortest way back closes the shortest cycle through this edge.
            back = networkx.shortest_path(inside, after, before)
            if len(back) > LONGEST:
                continue
            locks = _from_least(tuple(back))
            suspect = Suspect("cycle", locks, ())
            if (together := _cover(suspect, cases)) is not None:
                yield Suspect("cycle", locks, together)


def _inversions(
    graph: "networkx.DiGraph[LockIdentity]",
    usage: frozenset[Usage],
    cases: Sequence[CaseGraph],
) -> Iterator[Suspect]:
    users: dict[str, list[LockIdentity]] = defaultdict(list)
    for lock, use in sorted(usage):
        users[use].append(lock)
    for inside, open in _CONFLICTS:
        for lock in users[inside]:
            paths: Mapping[LockIdentity, list[LockIdentity]] = (
                networkx.single_source_shortest_path(graph, lock, cutoff=LONGEST - 1)
                if lock in graph
                else {lock: [lock]}
            )
            for end in users[open]:
                if end not in paths:
                    continue
                locks = tuple(paths[end])
                suspect = Suspect("irq-inversion", locks, (), (inside, open))
                if (together := _cover(suspect, cases)) is not None:
                    yield Suspect("irq-inversion", locks, together, (inside, open))


def _from_least(locks: tuple[LockIdentity, ...]) -> tuple[LockIdentity, ...]:
    """The same cycle, from wherever it was entered."""
    at = locks.index(min(locks))
    return locks[at:] + locks[:at]


def _cover(suspect: Suspect, cases: Sequence[CaseGraph]) -> tuple[str, ...] | None:
    """A few cases that have all parts; None if one of them alone does: lockdep has seen that."""
    parts: set[object] = {*suspect.edges, *suspect.usage}
    shares = {
        case.case: {part for part in suspect.edges if part in case.graph.edges}
        | {part for part in suspect.usage if part in case.graph.usage}
        for case in cases
    }
    if any(share == parts for share in shares.values()):
        return None
    chosen: list[str] = []
    missing = set(parts)
    while missing:
        best = max(shares, key=lambda case: len(shares[case] & missing))
        chosen.append(best)
        missing -= shares[best]
    order = [case.case for case in cases]
    return tuple(sorted(chosen, key=order.index))
