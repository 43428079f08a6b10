# SPDX-License-Identifier: GPL-2.0-only
"""What the kernel's documents promise user space; holds for any kernel and any series."""

from rig.model.claim import Claim, Premise

CLAIM = Claim(
    name="uapi",
    title="user space",
    question="Do drivers and frameworks answer programs as the kernel's documents say "
    "([uapi.md](uapi.md))?",
    rank=15,
    any_series=True,
    # What lockdep saw, and whether a fence or a lock order was met, is nothing to it.
    rests_on=frozenset(Premise) - {Premise.LOCKDEP, Premise.LOGGED, Premise.EXERCISED},
)
