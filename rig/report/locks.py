# SPDX-License-Identifier: GPL-2.0-only
"""Lock orders around fences: which were seen, which had to be, which must not be."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rig.evidence.case import CaseEvidence
from rig.judge.oracles.lockgraph import FENCE_RULES
from rig.model.order import orders_of

Edge = tuple[str, str]
Standing = Literal["seen", "new", "required", "missing", "forbidden"]

# Whatever is taken around or inside these decides whether a fence can be waited for.
CORE = (
    "reservation_ww_class_acquire",
    "reservation_ww_class_mutex",
    "dma_fence_map",
    "&fence->lock",
)

# So many locks of no interest are drawn as one.
_GROUP = 3


@dataclass(frozen=True, slots=True)
class LockOrder:
    """One edge: `after` was taken while `before` was held, or had to be, or must not be."""

    before: str
    after: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class LockOrders:
    """The neighbourhood of the fences in the lock graphs of some cases.

    Args:
        classes, total: sizes of the whole graph, for scale.
        compared: with a base, so that "new" means something.
        elsewhere: new orders that have nothing to do with fences.
    """

    orders: tuple[LockOrder, ...]
    classes: int
    total: int
    compared: bool
    elsewhere: tuple[Edge, ...]


def lock_orders(
    cases: Sequence[CaseEvidence], base: Iterable[Edge] | None = None
) -> LockOrders | None:
    """The orders of these cases taken together; None if no case delivered a graph.

    Args:
        base: edges of the kernel without the series; what is not among them is new.
    """
    graphs = [case.graph for case in cases if case.graph is not None]
    if not graphs:
        return None
    seen = set().union(*(graph.edges_by_name() for graph in graphs))
    known = None if base is None else set(base)
    required, forbidden = _expected(cases)
    near = {edge for edge in seen if edge[0] in CORE or edge[1] in CORE}
    orders = {
        edge: _standing(edge, seen, required, forbidden, known)
        for edge in near | required | (forbidden & seen)
    }
    elsewhere = set() if known is None else seen - known - near - required
    return LockOrders(
        orders=tuple(LockOrder(*edge, standing) for edge, standing in sorted(orders.items())),
        classes=len({name for edge in seen for name in edge}),
        total=len(seen),
        compared=known is not None,
        elsewhere=tuple(sorted(elsewhere)),
    )


def pictured(orders: Sequence[LockOrder]) -> tuple[LockOrder, ...]:
    """The orders as a picture can show them: locks that are merely taken inside one other, and
    are nothing special, stand together as one."""
    entered = Counter(order.after for order in orders)
    left = {order.before for order in orders}
    plain: dict[tuple[str, Standing], list[LockOrder]] = {}
    for order in orders:
        alone = entered[order.after] == 1 and order.after not in left
        if order.standing in ("seen", "new") and alone and order.after not in CORE:
            plain.setdefault((order.before, order.standing), []).append(order)
    shown = set(orders)
    for (before, standing), group in plain.items():
        if len(group) >= _GROUP:
            shown -= set(group)
            word = "new ones" if standing == "new" else "others"
            shown.add(LockOrder(before, f"{len(group)} {word} in {before}", standing))
    return tuple(sorted(shown, key=lambda order: (order.before, order.after)))


def edges_of(cases: Iterable[CaseEvidence]) -> frozenset[Edge]:
    """All edges of some cases, between normalised names."""
    return frozenset().union(*(case.graph.edges_by_name() for case in cases if case.graph))


def _expected(cases: Sequence[CaseEvidence]) -> tuple[set[Edge], set[Edge]]:
    required: set[Edge] = set()
    forbidden: set[Edge] = set(FENCE_RULES)
    for case in cases:
        expect = case.record.scenario.expect
        kernel = case.record.kernel
        required.update(orders_of(expect.base_edges, kernel.release))
        if kernel.publishes:
            required.update(orders_of(expect.edges, kernel.release))
        forbidden.update(orders_of(expect.forbidden_edges, kernel.release))
    return required, forbidden


def _standing(
    edge: Edge, seen: set[Edge], required: set[Edge], forbidden: set[Edge], known: set[Edge] | None
) -> Standing:
    if edge in forbidden:
        return "forbidden"
    if edge not in seen:
        return "missing"
    if edge in required:
        return "required"
    return "new" if known is not None and edge not in known else "seen"
