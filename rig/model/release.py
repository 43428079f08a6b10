# SPDX-License-Identifier: GPL-2.0-only
"""Releases of the kernel, and which of them something is for."""

import re
from dataclasses import dataclass
from typing import Final

# "6.12" or "6.12.117"
PATTERN: Final = r"[0-9]+\.[0-9]+(?:\.[0-9]+)?"


def numbers(release: str) -> tuple[int, ...]:
    """ "6.12.117-m2m-rig" as (6, 12, 117): three numbers, whatever is missing."""
    found = [int(number) for number in re.findall(r"\d+", release.partition("-")[0])[:3]]
    return (*found, *(0,) * (3 - len(found)))


@dataclass(frozen=True, slots=True)
class Span:
    """Releases from `since` on and before `until`; None: without end.

    A release candidate counts as the release that it is a candidate for.
    """

    since: str | None = None
    until: str | None = None

    def has(self, release: str) -> bool:
        """Whether a release is one of them."""
        number = numbers(release)
        return (self.since is None or numbers(self.since) <= number) and (
            self.until is None or number < numbers(self.until)
        )
