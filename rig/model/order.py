# SPDX-License-Identifier: GPL-2.0-only
"""Orders of locks, outer first, and which kernels have them."""

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass as strict_dataclass

from rig.base.document import STRICT

# "6.12" or "6.12.117"
_RELEASE = r"^[0-9]+\.[0-9]+(\.[0-9]+)?$"


@strict_dataclass(frozen=True, config=STRICT)
class Edge:
    """A lock order that only some kernels have: those `since` a release and before `until`."""

    order: tuple[str, str]
    since: Annotated[str, Field(pattern=_RELEASE)] | None = None
    until: Annotated[str, Field(pattern=_RELEASE)] | None = None

    def applies(self, release: str) -> bool:
        """Whether a kernel of this release has it."""
        number = _numbers(release)
        return (self.since is None or _numbers(self.since) <= number) and (
            self.until is None or number < _numbers(self.until)
        )


# An order of two locks, outer first: in every kernel, or as an `Edge` says.
Order = tuple[str, str] | Edge


def orders_of(orders: Iterable[Order], release: str) -> tuple[tuple[str, str], ...]:
    """Those orders that a kernel of this release has."""
    return tuple(
        order.order if isinstance(order, Edge) else order
        for order in orders
        if not isinstance(order, Edge) or order.applies(release)
    )


def _numbers(release: str) -> tuple[int, ...]:
    """ "6.12.117-m2m-rig" as (6, 12, 117): three numbers, whatever is missing."""
    found = [int(number) for number in re.findall(r"\d+", release.partition("-")[0])[:3]]
    return (*found, *(0,) * (3 - len(found)))
