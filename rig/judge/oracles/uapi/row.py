# SPDX-License-Identifier: GPL-2.0-only
"""A row of a contract about calls: as a rule, but a series promises it and no document of the
kernel does."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, Protocol, TypeVar

from rig.judge.kinds import Kind
from rig.judge.oracles.uapi.program import Program
from rig.judge.oracles.uapi.rule import Seen
from rig.model.claim import Claim


class OfProgram(Protocol):
    """What a contract follows in one program."""

    @property
    def program(self) -> Program: ...


History = TypeVar("History", bound=OfProgram)


@dataclass(frozen=True)
class ContractRow(Generic[History]):
    """One thing that a program may rely on; a subclass names the claim.

    Args:
        id: stable; a broken one is the reason "CLAIM.ID".
        rows: of the contract, "E1" and so on.
        what: what must be seen, one sentence.
        source: who says so: "review", a document, or "this series".
        look: every time that a program put it to the test.
    """

    claim: ClassVar[Claim]

    id: str
    rows: tuple[str, ...]
    what: str
    source: str
    look: Callable[[History], Iterator[Seen]]

    @property
    def kind(self) -> Kind:
        """Of the reason that it gives when it is broken."""
        return Kind(f"{self.claim.name}.{self.id}", f"Broken: {self.what}", {self.claim: "DIRTY"})


@dataclass(frozen=True)
class RowAccount(Generic[History]):
    """What one row came to in the programs of a case, each by its name."""

    row: ContractRow[History]
    seen: tuple[tuple[str, Seen], ...]

    @property
    def broken(self) -> tuple[tuple[str, Seen], ...]:
        """The times that it was."""
        return tuple((name, one) for name, one in self.seen if one.broken)

    @property
    def text(self) -> str:
        """The first of them, and how many more."""
        program, first = self.broken[0]
        more = f", and {len(self.broken) - 1} times more" if len(self.broken) > 1 else ""
        return f"{', '.join(self.row.rows)}: {program}: {first.broken}{more}"


def row_accounts(
    rows: Sequence[ContractRow[History]], histories: Sequence[History]
) -> Iterator[RowAccount[History]]:
    """What each row came to, in the order of the rows."""
    for row in rows:
        seen = ((one.program.name, each) for one in histories for each in row.look(one))
        yield RowAccount(row, tuple(seen))
