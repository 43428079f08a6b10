# SPDX-License-Identifier: GPL-2.0-only
"""Releases of the kernel, and which of them something is for."""

import re
from dataclasses import dataclass
from typing import Annotated, Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version
from pydantic import AfterValidator

# "6.12" or "6.12.117"
PATTERN: Final = r"[0-9]+\.[0-9]+(?:\.[0-9]+)?"


def numbers(release: str) -> tuple[int, ...]:
    """ "6.12.117-m2m-rig" as (6, 12, 117): three numbers, whatever is missing."""
    found = [int(number) for number in re.findall(r"\d+", release.partition("-")[0])[:3]]
    return (*found, *(0,) * (3 - len(found)))


def _checked(value: str) -> str:
    try:
        SpecifierSet(value)
    except InvalidSpecifier as error:
        raise ValueError(f"{value!r} is no range like '>=6.12,<6.13'") from error
    return value


# Releases like ">=6.12,<6.13"; "": all.
Range = Annotated[str, AfterValidator(_checked)]


def in_range(release: str, kernels: Range) -> bool:
    """Whether "6.12.117-m2m-rig" is in a range; what is no version at all is in none but the open
    one."""
    if not kernels:
        return True
    number = re.match(r"\d+(\.\d+)*", release)
    try:
        return number is not None and Version(number[0]) in SpecifierSet(kernels)
    except InvalidVersion:
        return False


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
