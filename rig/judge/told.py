# SPDX-License-Identifier: GPL-2.0-only
"""Many faults of one kind, told as a few reasons."""

from collections.abc import Iterable, Iterator

from rig.judge.kinds import Kind
from rig.judge.reasons import Reason

# Of each kind of fault so many are told one by one.
TOLD = 2


def told(kind: Kind, faults: Iterable[str]) -> Iterator[Reason]:
    """The first faults, and how many more there are; what is empty is none."""
    found = [text for text in faults if text]
    for text in found[:TOLD]:
        yield Reason(kind, text)
    if len(found) > TOLD:
        yield Reason(kind, f"and {len(found) - TOLD} more like these")
