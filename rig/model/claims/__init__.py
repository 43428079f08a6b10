# SPDX-License-Identifier: GPL-2.0-only
"""All claims: each is a module here, called as the claim is, with the claim as its `CLAIM`."""

import sys
from functools import cache

from rig.base.discovery import discover
from rig.base.errors import InputError, did_you_mean
from rig.model.claim import Claim


def claims() -> tuple[Claim, ...]:
    """Every claim, in the order in which they stand side by side."""
    return _claims(tuple(__path__))


@cache
def _claims(path: tuple[str, ...]) -> tuple[Claim, ...]:
    """`path`: where they are looked for."""
    found = discover(sys.modules[__name__], "CLAIM", Claim).values()
    return tuple(sorted(found, key=lambda claim: (claim.rank, claim.name)))


def claim_named(name: str) -> Claim:
    """The claim of this name.

    Raises:
        InputError: there is none.
    """
    known = {claim.name: claim for claim in claims()}
    if name not in known:
        hint = f"{did_you_mean(name, known)}there are: {', '.join(known)}"
        raise InputError(f"there is no claim {name!r}", hint=hint)
    return known[name]


def default_claims() -> tuple[Claim, ...]:
    """Those that a scenario makes unless it says otherwise."""
    return tuple(claim for claim in claims() if claim.by_default)


def unasked_claims() -> tuple[Claim, ...]:
    """Those that a series is asked for that says nothing: they hold for any kernel."""
    return tuple(claim for claim in claims() if claim.any_series)
