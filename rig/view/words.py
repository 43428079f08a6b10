# SPDX-License-Identifier: GPL-2.0-only
"""Times in words."""


def duration(seconds: float) -> str:
    """ "40 s", "2 min 05 s", "3 h 07 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def time_left(spent: float, done: int, expected: int) -> float:
    """Seconds left if the rest goes like what is done."""
    if done <= 0:
        return 0.0
    return max(expected - done, 0) * spent / done
