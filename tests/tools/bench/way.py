# SPDX-License-Identifier: GPL-2.0-only
"""Ways to do a thing, and what each costs."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True)
class Way:
    """One way to do a thing.

    Args:
        costs: of each round: host time, if the measure is seconds.
        amount: of what was done in one round; 0: nothing that is counted.
        unit: of the amount, as "MiB".
        measure: of the costs.
    """

    what: str
    way: str
    costs: tuple[float, ...]
    amount: float = 0.0
    unit: str = ""
    measure: str = "s"

    @property
    def median(self) -> float:
        return statistics.median(self.costs)

    def __str__(self) -> str:
        """What it costs."""
        return f"{self.median:.{2 if self.measure == 's' else 0}f} {self.measure}"


def compare(
    what: str, ways: Mapping[str, Callable[[], float | None]], rounds: int, amount: float = 0.0,
    unit: str = "", *, warm: bool = True,
) -> Iterator[Way]:  # fmt: skip
    """Do a thing in several ways, in turn.

    Args:
        ways: by name; each returns the seconds that count, or None: all that it took.
        warm: each was done once before, so that caches are warm.
    """
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(-warm, rounds):
        for name, do in ways.items():
            begin = time.monotonic()
            counted = do()
            if number >= 0:
                taken[name].append(time.monotonic() - begin if counted is None else counted)
    for name, seconds in taken.items():
        yield Way(what, name, tuple(round(s, 3) for s in seconds), amount, unit)


def table(ways: Sequence[Way]) -> Table:
    """One line for each way; ratios to the first of its kind."""
    shown = Table(box=None, header_style="bold")
    for head in ("what", "way", "median", "of the first", "speed"):
        shown.add_column(head, justify="left" if head in ("what", "way") else "right")
    first: dict[str, Way] = {}
    for way in ways:
        begin = first.setdefault(way.what, way)
        speed = f"{way.amount / way.median:.1f} {way.unit}/s" if way.amount else ""
        shown.add_row(
            way.what if way is begin else "", way.way, str(way),
            f"{way.median / begin.median:.2f}" if begin.median else "", speed,
        )  # fmt: skip
    return shown
