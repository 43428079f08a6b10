# SPDX-License-Identifier: GPL-2.0-only
from math import gcd

import pytest

from rig.machine.schedule import RANGES, Schedule


def test_one_seed_is_one_schedule() -> None:
    assert Schedule.of(7, "fine") == Schedule.of(7, "fine")


def test_seeds_differ() -> None:
    assert len({Schedule.of(seed, "fine") for seed in range(50)}) > 45


@pytest.mark.parametrize("turns", ["fine", "coarse"])
def test_periods_are_in_range_and_coprime(turns: str) -> None:
    low, high = RANGES[turns]  # type: ignore[index]
    for seed in range(200):
        first, second = Schedule.of(seed, turns).periods  # type: ignore[arg-type]
        assert low <= first <= high
        assert low <= second <= high
        assert gcd(first, second) == 1


def test_uncut_has_no_period() -> None:
    assert Schedule.of(7, "uncut").periods == ()
