# SPDX-License-Identifier: GPL-2.0-only
"""Which virtual CPU runs when: one seed, one schedule.

Under the virtual clock all virtual CPUs share one host thread and take turns that end at QEMU's
next virtual timer.  A filter-buffer on an unconnected network hub is such a timer, and the guest
cannot see it.  Several with co-prime periods cut turns of many lengths.
"""

import random
from dataclasses import dataclass
from math import gcd

from rig.model.guest import Turns

# Microseconds of virtual time.  "fine" meets races of a few microseconds; "coarse" costs a case
# that mostly waits next to nothing.
RANGES: dict[Turns, tuple[int, int]] = {"fine": (20, 130), "coarse": (300, 2000)}
CUTTERS = 2


@dataclass(frozen=True)
class Schedule:
    """The periods, in microseconds of virtual time, at which turns are cut; none: uncut."""

    periods: tuple[int, ...]

    @classmethod
    def of(cls, seed: int, turns: Turns) -> "Schedule":
        """The schedule that `seed` stands for."""
        if turns == "uncut":
            return cls(())
        return cls.between(seed, *RANGES[turns])

    @classmethod
    def between(cls, seed: int, low: int, high: int) -> "Schedule":
        """The schedule of a seed whose periods are from `low` to `high` microseconds."""
        draw = random.Random(f"turns {seed}")
        periods: list[int] = []
        while len(periods) < CUTTERS:
            period = draw.randint(low, high)
            if all(gcd(period, other) == 1 for other in periods):
                periods.append(period)
        return cls(tuple(periods))
