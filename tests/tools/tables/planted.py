# SPDX-License-Identifier: GPL-2.0-only
"""Each mistake that can be planted, where it shows, and what must be said of it there."""

from collections.abc import Iterator, Sequence

from rig.base.paths import FAULTS
from rig.model import faults
from rig.model.faults import Fault
from tests.tools.made import table


def made() -> str:
    catalogue = faults.load(FAULTS)
    rows = [row for fault in catalogue.faults for row in _planted(fault)]
    rows += [(lost.id, lost.title, "-", f"missed: {lost.why}") for lost in catalogue.missed]
    return table(("id", "mistake", "scenario", "must be given"), sorted(rows, key=_by_number))


def _planted(fault: Fault) -> Iterator[tuple[str, str, str, str]]:
    strict = ", by a strict kernel" if fault.strict else ""
    strict += f", with {fault.profile} built in" if fault.profile else ""
    for scenario, reasons in fault.shows.items():
        wanted = " and ".join(f"`{reason}`" for reason in reasons)
        yield fault.id, fault.title, f"`{scenario}`", wanted + strict


def _by_number(row: Sequence[str]) -> tuple[str, int]:
    return row[0][0], int(row[0][1:])
