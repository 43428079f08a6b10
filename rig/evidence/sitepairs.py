# SPDX-License-Identifier: GPL-2.0-only
"""Pairs of places to which two threads came shortly after one another (images/delays/pairs.c)."""

import re
from dataclasses import dataclass
from pathlib import Path

from rig.evidence.dump import read_dump
from rig.evidence.record import RunDir

_PAIR = re.compile(rb"^pair ([0-9a-f]{16}) (forth|back|both)$", re.MULTILINE)


@dataclass(frozen=True)
class SitePairs:
    """What one guest, or several, have seen.

    Args:
        forth: pairs, as numbers, to which threads came in one order; `back`: in the other.
    """

    forth: frozenset[int] = frozenset()
    back: frozenset[int] = frozenset()

    @property
    def all(self) -> frozenset[int]:
        """Every pair."""
        return self.forth | self.back

    @property
    def both(self) -> frozenset[int]:
        """Those that were seen in both orders."""
        return self.forth & self.back

    def __add__(self, other: "SitePairs") -> "SitePairs":
        """Of both."""
        return SitePairs(self.forth | other.forth, self.back | other.back)


def parse_site_pairs(data: bytes) -> SitePairs:
    """The file `delays` of a dump; anything else has no pairs."""
    found = {int(number, 16): how for number, how in _PAIR.findall(data)}
    return SitePairs(
        forth=frozenset(pair for pair, how in found.items() if how != b"back"),
        back=frozenset(pair for pair, how in found.items() if how != b"forth"),
    )


def read_site_pairs(run: Path, case: str) -> SitePairs:
    """What the guest of a case of a run has seen; none if it did not tell."""
    dump = read_dump(RunDir(run).case(case) / "dump.tar")
    return parse_site_pairs(dump.files.get("delays", b""))
