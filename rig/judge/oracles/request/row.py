# SPDX-License-Identifier: GPL-2.0-only
"""A row: one thing that whoever queues a request with a fence, or is given one, may rely on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rig.judge.kinds import Kind
from rig.judge.oracles.request.history import History
from rig.judge.oracles.uapi.rule import Seen
from rig.model.claims.request import CLAIM as REQUEST

Look = Callable[[History], Iterator[Seen]]


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Args:
        id: stable; a broken one is the reason "request.ID".
        rows: of the contract, "E29" and so on.
        what: what must be seen, one sentence.
        source: who says so: "review", a document, or "this series".
        look: every time that a program put it to the test.
    """

    id: str
    rows: tuple[str, ...]
    what: str
    source: str
    look: Look

    @property
    def kind(self) -> Kind:
        """Of the reason that it gives when it is broken."""
        return Kind(f"request.{self.id}", f"Broken: {self.what}", {REQUEST: "DIRTY"})
