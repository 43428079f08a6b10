# SPDX-License-Identifier: GPL-2.0-only
"""Pictures that workloads kept, as files and as parts of a page."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass

from rig.evidence.screens import Screen
from rig.report.png import png


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture, as PNG.

    Args:
        title: what it is of, and which program kept it.
        file: its name in the directory of the case.
        width, height: pixels.
        colours: how many there are; one, if no device ever wrote to that memory.
    """

    title: str
    file: str
    width: int
    height: int
    colours: int
    png: bytes

    @property
    def uri(self) -> str:
        """The whole of it, as the address of a picture in a page."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode()}"


def shots(screens: Iterable[Screen]) -> tuple[Shot, ...]:
    """The pictures of a case."""
    return tuple(
        Shot(
            title=f"{screen.name}, kept by {screen.program}",
            file=f"{screen.program}-{screen.name}.png",
            width=screen.width,
            height=screen.height,
            colours=_colours(screen.pixels),
            png=png(screen.width, screen.height, screen.pixels),
        )
        for screen in screens
    )


def _colours(pixels: bytes) -> int:
    return len(set(zip(pixels[::3], pixels[1::3], pixels[2::3], strict=True)))
