# SPDX-License-Identifier: GPL-2.0-only
"""Lock orders around fences: which were seen, which had to be, which must not be."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rig.evidence.case import CaseEvidence
from rig.judge.oracles.lock_graph import FENCE_RULES
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


@dataclass(frozen=True, slots=True)
class SeenOrders:
    """The lock graphs of some cases, between names, and what their scenarios say of orders.

    Args:
        graphs: how many of them delivered one.
    """

    graphs: int
    seen: frozenset[Edge]
    required: frozenset[Edge]
    forbidden: frozenset[Edge]

    def __or__(self, other: "SeenOrders") -> "SeenOrders":
        """Those of both taken together."""
        return SeenOrders(
            self.graphs + other.graphs,
            self.seen | other.seen,
            self.required | other.required,
            self.forbidden | other.forbidden,
        )


def seen_orders(case: CaseEvidence) -> SeenOrders:
    """What the graph of one case shows, if it delivered one."""
    required, forbidden = _expected(case)
    if case.graph is None:
        return SeenOrders(0, frozenset(), required, forbidden)
    return SeenOrders(1, case.graph.edges_by_name(), required, forbidden)


def lock_orders(found: SeenOrders, base: Iterable[Edge] | None = None) -> LockOrders | None:
    """The orders of some cases taken together; None if none of them delivered a graph.

    Args:
        base: edges of the kernel without the series; what is not among them is new.
    """
    if not found.graphs:
        return None
    seen, required, forbidden = found.seen, found.required, found.forbidden
    known = None if base is None else frozenset(base)
    near = {edge for edge in seen if edge[0] in CORE or edge[1] in CORE}
    orders = {edge: _standing(edge, found, known) for edge in near | required | (forbidden & seen)}
    elsewhere = frozenset() if known is None else seen - known - near - required
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


def _expected(case: CaseEvidence) -> tuple[frozenset[Edge], frozenset[Edge]]:
    expect, kernel = case.record.scenario.expect, case.record.kernel
    orders = (*expect.base_edges, *(expect.edges if kernel.publishes else ()))
    required = orders_of(orders, kernel.release)
    forbidden = orders_of(expect.forbidden_edges, kernel.release)
    return frozenset(required), frozenset((*FENCE_RULES, *forbidden))


def _standing(edge: Edge, found: SeenOrders, known: frozenset[Edge] | None) -> Standing:
    if edge in found.forbidden:
        return "forbidden"
    if edge not in found.seen:
        return "missing"
    if edge in found.required:
        return "required"
    return "new" if known is not None and edge not in known else "seen"
