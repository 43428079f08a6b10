# SPDX-License-Identifier: GPL-2.0-only
"""Pictures that workloads kept: what was on a screen, or what a consumer was shown.

A member ``screens/N/NAME.ppm`` of the dump is of the Nth program of the plan.  PPM is
``P6 WIDTH HEIGHT 255``, one blank, and three bytes for each pixel.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rig.evidence.dump import Dump

_MEMBER: Final = re.compile(r"screens/(\d{1,6})/([\w-]{1,60})\.ppm", re.ASCII)
_HEAD: Final = re.compile(rb"P6\s(\d{1,5})\s(\d{1,5})\s255\s")


@dataclass(frozen=True, slots=True)
class Screen:
    """One picture.

    Args:
        program: what kept it.
        name: what it is of.
        width, height: pixels.
        pixels: red, green and blue, a byte each, from the top left.
    """

    program: str
    name: str
    width: int
    height: int
    pixels: bytes


def parse_screens(dump: Dump, programs: Sequence[str]) -> tuple[Screen, ...]:
    """The pictures of a dump, in its order; one that is damaged is none.

    Args:
        programs: names of the runs of the plan, in order.
    """
    found = (_read(name, data, programs) for name, data in dump.files.items())
    return tuple(screen for screen in found if screen is not None)


def _read(member: str, data: bytes, programs: Sequence[str]) -> Screen | None:
    named, head = _MEMBER.fullmatch(member), _HEAD.match(data)
    if not named or not head or not 0 < int(named[1]) <= len(programs):
        return None
    width, height = int(head[1]), int(head[2])
    pixels = data[head.end() :]
    if not pixels or len(pixels) != width * height * 3:
        return None
    return Screen(programs[int(named[1]) - 1], named[2], width, height, pixels)
