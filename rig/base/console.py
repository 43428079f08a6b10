# SPDX-License-Identifier: GPL-2.0-only
"""Streams that people read: a terminal, or a log that must stay plain."""

import re
from collections.abc import Iterable
from typing import Final, TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

# Where there is no terminal to ask for its width.
PLAIN_WIDTH: Final = 120

# Whatever moves a cursor, rings, changes the encoding, or is no character: kernels print anything.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def moves(stream: TextIO) -> bool:
    """Whether it is a terminal that can do more than print."""
    return stream.isatty() and not Console(file=stream).is_dumb_terminal


class _Console(Console):
    """Prints patches, logs and files of others: what they say moves nothing."""

    def on_broken_pipe(self) -> None:
        # Rich would end the program with 1, and that means DIRTY.
        raise BrokenPipeError

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            # What rich itself moves is no text.
            if segment.control:
                yield segment
            else:
                yield Segment(printable_lines(segment.text), segment.style)


def console_for(stream: TextIO) -> Console:
    """Colours and the terminal's width on a terminal; elsewhere plain text, wide enough."""
    return _Console(file=stream) if moves(stream) else plain_console(stream)


def plain_console(stream: TextIO, width: int = PLAIN_WIDTH) -> Console:
    """Nothing but text; neither FORCE_COLOR nor the name of a CI service makes it a terminal.

    Args:
        width: in columns.
    """
    return _Console(file=stream, width=width, force_terminal=False, color_system=None)


def printable(text: str) -> str:
    """One line with every control character but tabs spelt out."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def printable_lines(text: str) -> str:
    """The same of a text of several lines."""
    return "\n".join(map(printable, text.split("\n")))
