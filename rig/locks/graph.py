# SPDX-License-Identifier: GPL-2.0-only
"""A lock graph whose classes have names that last: it can be compared and added to others.

Keys are addresses of one boot.  `rig.evidence.lockkeys` says where they lie, and that is what a
class is called here: source file, variable, name, subclass, module.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from rig.base.errors import InputError
from rig.evidence.case import CaseEvidence, read_case
from rig.evidence.lockkeys import LockIdentity, identify
from rig.evidence.record import RunDir, RunRecord, load

Edge = tuple[LockIdentity, LockIdentity]
Usage = tuple[LockIdentity, str]

# Positions of the usage string of /proc/lockdep (kernel/locking/lockdep.c, get_usage_chars()).
_CONTEXTS = ("hardirq", "hardirq-read", "softirq", "softirq-read")
_IN = {"-": ("in",), "+": ("enabled",), "?": ("in", "enabled")}


@dataclass(frozen=True)
class StableGraph:
    """Classes, edges and uses, of one boot or of several.

    Attributes:
        classes: all that were ever taken.
        edges: the second was taken while the first was held, nothing between them.
        usage: "hardirq in" (taken in one), "hardirq enabled" (taken while they could come), and
            the same for "hardirq-read", "softirq", "softirq-read".
        chains: held together, outermost first, with the interrupt context they were taken in.
    """

    classes: frozenset[LockIdentity] = frozenset()
    edges: frozenset[Edge] = frozenset()
    usage: frozenset[Usage] = frozenset()
    chains: frozenset[tuple[str, tuple[LockIdentity, ...]]] = field(default=frozenset())

    def __or__(self, other: "StableGraph") -> "StableGraph":
        """What either has."""
        return StableGraph(
            self.classes | other.classes,
            self.edges | other.edges,
            self.usage | other.usage,
            self.chains | other.chains,
        )

    def __and__(self, other: "StableGraph") -> "StableGraph":
        """What both have."""
        return StableGraph(
            self.classes & other.classes,
            self.edges & other.edges,
            self.usage & other.usage,
            self.chains & other.chains,
        )

    def __sub__(self, other: "StableGraph") -> "StableGraph":
        """What the other does not have."""
        return StableGraph(
            self.classes - other.classes,
            self.edges - other.edges,
            self.usage - other.usage,
            self.chains - other.chains,
        )

    @cached_property
    def empty(self) -> bool:
        """There are no classes, edges or uses."""
        return not (self.classes or self.edges or self.usage)

    def stack_of(self, edge: Edge) -> tuple[LockIdentity, ...]:
        """The shortest chain in which an edge was taken; () if no chain has it."""
        found = [locks for _, locks in self.chains if _holds(locks, edge)]
        return min(found, key=lambda locks: (len(locks), locks), default=())


@dataclass(frozen=True)
class CaseGraph:
    """The graph of one case of a run."""

    case: str
    driver: str
    scenario: str
    graph: StableGraph


def stable_graph(case: CaseEvidence) -> StableGraph | None:
    """The graph of a case, without the classes that nobody ever took; None if there is none."""
    if case.graph is None or case.keys is None:
        return None
    names = identify(case.graph, case.keys)
    classes = case.graph.classes
    return StableGraph(
        classes=frozenset(names[key] for key, entry in classes.items() if entry.operations != 0),
        edges=frozenset(
            (names[before], names[after])
            for before, after in case.graph.edges
            if names[before] != names[after]
        ),
        usage=frozenset(
            (names[key], use) for key, entry in classes.items() for use in _uses(entry.usage)
        ),
        chains=frozenset(
            (chain.context, tuple(names[key] for key in chain.keys))
            for chain in case.graph.chains
            if all(key in names for key in chain.keys)
        ),
    )


def read_run(path: Path) -> tuple[CaseGraph, ...]:
    """The graphs of all cases of a run directory that left one.

    Raises:
        InputError: it is no run directory, or no case left a graph.
    """
    directory = RunDir(path)
    found = []
    for id in load(directory.run, RunRecord).cases:
        if not (directory.case(id) / "case.json").exists():
            continue
        case = read_case(directory.case(id))
        graph = stable_graph(case)
        if graph is not None:
            scenario = case.record.scenario
            found.append(CaseGraph(id, scenario.driver, scenario.name, graph))
    if not found:
        raise InputError(f"{path}: no case of this run left a lock graph and locks.json")
    return tuple(found)


def union(graphs: Iterable[StableGraph]) -> StableGraph:
    """What any of them has."""
    total = StableGraph()
    for graph in graphs:
        total = total | graph
    return total


def intersection(graphs: Sequence[StableGraph]) -> StableGraph:
    """What all of them have; at least one."""
    common = graphs[0]
    for graph in graphs[1:]:
        common = common & graph
    return common


def _uses(usage: str) -> Iterable[str]:
    for context, sign in zip(_CONTEXTS, usage, strict=False):
        for how in _IN.get(sign, ()):
            yield f"{context} {how}"


def _holds(locks: tuple[LockIdentity, ...], edge: Edge) -> bool:
    return any(pair == edge for pair in itertools.pairwise(locks))
