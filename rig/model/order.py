# SPDX-License-Identifier: GPL-2.0-only
"""Orders of locks, outer first, and which kernels have them."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass as strict_dataclass

from rig.base.document import STRICT
from rig.model.release import PATTERN, Span

_RELEASE = f"^{PATTERN}$"


@strict_dataclass(frozen=True, config=STRICT)
class Edge:
    """A lock order that only some kernels have: those `since` a release and before `until`."""

    order: tuple[str, str]
    since: Annotated[str, Field(pattern=_RELEASE)] | None = None
    until: Annotated[str, Field(pattern=_RELEASE)] | None = None

    def applies(self, release: str) -> bool:
        """Whether a kernel of this release has it."""
        return Span(self.since, self.until).has(release)


# An order of two locks, outer first: in every kernel, or as an `Edge` says.
Order = tuple[str, str] | Edge


def orders_of(orders: Iterable[Order], release: str) -> tuple[tuple[str, str], ...]:
    """Those orders that a kernel of this release has."""
    return tuple(
        order.order if isinstance(order, Edge) else order
        for order in orders
        if not isinstance(order, Edge) or order.applies(release)
    )
