# SPDX-License-Identifier: GPL-2.0-only
"""A row: one thing that whoever queues buffers with fences, or is given one, may rely on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rig.judge.kinds import Kind
from rig.judge.oracles.explicit.history import History
from rig.judge.oracles.uapi.rule import Seen
from rig.model.claims.explicit import CLAIM as EXPLICIT

Look = Callable[[History], Iterator[Seen]]


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Args:
        id: stable; a broken one is the reason "explicit.ID".
        rows: of the contract, "E1" and so on.
        what: what must be seen, one sentence.
        source: who says so: "review", "dma-fence", or "this series".
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
        return Kind(f"explicit.{self.id}", f"Broken: {self.what}", {EXPLICIT: "DIRTY"})
