# SPDX-License-Identifier: GPL-2.0-only
"""The lock graphs of many cases in little room: what they have is listed once, and a case has a
number of which each bit stands for one of these.

Chains are left out: they are ten times the rest, and only the stack of an edge needs them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from pydantic.dataclasses import dataclass as strict_dataclass

from rig.base.document import STRICT
from rig.evidence.lockkeys import LockIdentity
from rig.locks.graph import CaseGraph, StableGraph

T = TypeVar("T")


@strict_dataclass(frozen=True, config=STRICT)
class CompactCase:
    """The graph of one case: bits, as hexadecimal numbers, of the lists of `CompactGraphs`."""

    case: str
    driver: str
    scenario: str
    classes: str
    edges: str
    usage: str


@strict_dataclass(frozen=True, config=STRICT)
class CompactGraphs:
    """Graphs of cases.

    Args:
        classes: all of them, in the order of the fields of `LockIdentity`.
        edges: pairs of numbers of classes.
        usage: a number of a class, and a use.
    """

    classes: tuple[tuple[str, int, str, str, str, int, bool], ...] = ()
    edges: tuple[tuple[int, int], ...] = ()
    usage: tuple[tuple[int, str], ...] = ()
    cases: tuple[CompactCase, ...] = ()


def compact(graphs: Sequence[CaseGraph]) -> CompactGraphs:
    """Graphs in little room; the same graphs give the same lists."""
    classes = sorted({lock for each in graphs for lock in _locks(each.graph)})
    number = {lock: at for at, lock in enumerate(classes)}
    edges = sorted({edge for each in graphs for edge in each.graph.edges})
    usage = sorted({use for each in graphs for use in each.graph.usage})
    edge_at = {edge: at for at, edge in enumerate(edges)}
    use_at = {use: at for at, use in enumerate(usage)}
    return CompactGraphs(
        classes=tuple(
            (c.name, c.subclass, c.module, c.file, c.object, c.number, c.dynamic) for c in classes
        ),
        edges=tuple((number[before], number[after]) for before, after in edges),
        usage=tuple((number[lock], use) for lock, use in usage),
        cases=tuple(
            CompactCase(
                each.case,
                each.driver,
                each.scenario,
                _bits(each.graph.classes, number),
                _bits(each.graph.edges, edge_at),
                _bits(each.graph.usage, use_at),
            )
            for each in graphs
        ),
    )


def expand(graphs: CompactGraphs) -> tuple[CaseGraph, ...]:
    """What `compact` was given, without chains.

    Raises:
        ValueError, IndexError: these are no graphs.
    """
    classes = [LockIdentity(*fields) for fields in graphs.classes]
    edges = [(classes[before], classes[after]) for before, after in graphs.edges]
    usage = [(classes[lock], use) for lock, use in graphs.usage]
    return tuple(
        CaseGraph(
            each.case,
            each.driver,
            each.scenario,
            StableGraph(
                frozenset(_chosen(each.classes, classes)),
                frozenset(_chosen(each.edges, edges)),
                frozenset(_chosen(each.usage, usage)),
            ),
        )
        for each in graphs.cases
    )


def _locks(graph: StableGraph) -> Iterator[LockIdentity]:
    yield from graph.classes
    for edge in graph.edges:
        yield from edge
    for lock, _ in graph.usage:
        yield lock


def _bits(some: Iterable[T], places: Mapping[T, int]) -> str:
    """Some of a list, as a number."""
    return f"{sum(1 << places[each] for each in some):x}"


def _chosen(bits: str, items: Sequence[T]) -> Iterator[T]:
    number = int(bits, 16)
    return (item for at, item in enumerate(items) if number >> at & 1)
