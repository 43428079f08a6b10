# SPDX-License-Identifier: GPL-2.0-only
"""The contract of consumers: who waits for the fences of others, and what for."""

from rig.model.claim import Claim, Premise
from rig.model.claims.fences import CLAIM as FENCES

CLAIM = Claim(
    name="waits",
    title="waiting devices",
    question="Do devices leave a buffer alone that somebody else still uses, and nothing more "
    "([waits.md](waits.md))?",
    rank=30,
    possible=FENCES.possible,
    # Nobody has promised this for the kernel as it is: series that do say so.
    by_default=False,
    rests_on=frozenset(Premise),
)
