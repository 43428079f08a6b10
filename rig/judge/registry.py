# SPDX-License-Identifier: GPL-2.0-only
"""All oracles and all kinds of reason, as they are found."""

from collections.abc import Iterable
from functools import cache

from rig.base.discovery import discover
from rig.base.errors import InputError, did_you_mean
from rig.judge import oracles as package
from rig.judge.kinds import Kind
from rig.judge.oracle import Oracle
from rig.model.claim import Claim


def oracles() -> tuple[Oracle, ...]:
    """Every oracle, in the order in which they are heard."""
    return _oracles(tuple(package.__path__))


@cache
def _oracles(path: tuple[str, ...]) -> tuple[Oracle, ...]:
    """`path`: where they are looked for."""
    found = discover(package, "ORACLE", Oracle).values()
    return tuple(sorted(found, key=lambda oracle: (oracle.rank, oracle.name)))


def kinds() -> tuple[Kind, ...]:
    """Every kind of reason, each where an oracle names it first."""
    return tuple(dict.fromkeys(kind for oracle in oracles() for kind in oracle.kinds))


def givers(kind: Kind) -> tuple[Oracle, ...]:
    """The oracles that give reasons of a kind."""
    return tuple(oracle for oracle in oracles() if kind in oracle.kinds)


def kind_of(id: str) -> Kind:
    """The kind of the reasons with this id.

    Raises:
        InputError: no reason can have it.
    """
    covering = [kind for kind in kinds() if kind.covers(id)]
    if not covering:
        near = did_you_mean(id, (kind.id for kind in kinds()))
        raise InputError(
            f"there is no reason {id!r}", hint=f"{near}docs/reference/verdicts.md has them all"
        )
    # "splat.elsewhere" is no kind of splat: what has the whole id goes first.
    return min(covering, key=lambda kind: kind.id != id)


def require_ids(ids: Iterable[str], where: str) -> None:
    """See that a file names only reasons that there are.

    Raises:
        InputError: it names another; `where` says which file that is.
    """
    for id in ids:
        try:
            kind_of(id)
        except InputError as error:
            raise InputError(f"{where}: {error.message}", hint=error.hint) from error


def has_oracle(claim: Claim) -> bool:
    """Whether some oracle has something to say about a claim."""
    return any(oracle.judges(claim) for oracle in oracles())
