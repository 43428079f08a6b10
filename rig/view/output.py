# SPDX-License-Identifier: GPL-2.0-only
"""Where a verb prints, and how much of what it does it shows."""

import sys
from dataclasses import dataclass
from typing import Literal, TextIO

from rich.console import Console

from rig.base.console import console_for, moves
from rig.base.errors import InputError
from rig.view.plain import Plain
from rig.view.terminal import Terminal
from rig.view.view import Quiet, View

# "quiet": the verdict and nothing else; "verbose": also each step of a guest, and the commands.
Level = Literal["quiet", "normal", "verbose"]


@dataclass(frozen=True)
class Output:
    """What the user sees.

    Args:
        console: standard output: results, which stay.
        progress: what is going on.
        follow: also what guests write, as they write it.
    """

    console: Console
    progress: View
    level: Level = "normal"
    follow: bool = False

    @classmethod
    def standard(cls, level: Level = "normal", *, follow: bool = False) -> "Output":
        """Results to standard output; progress to whichever stream is a terminal.

        Raises:
            InputError: nothing and everything are asked for at once.
        """
        if level == "quiet" and follow:
            raise InputError("--quiet and --follow exclude each other")
        console = console_for(sys.stdout)
        return cls(console, _progress(console, level), level, follow)


def progress_for(stream: TextIO | None = None) -> View:
    """The progress that suits a stream (standard error if none is given)."""
    stream = stream or sys.stderr
    return Terminal(console_for(stream)) if moves(stream) else Plain(stream)


def _progress(console: Console, level: Level) -> View:
    if level == "quiet":
        return Quiet()
    commands = level == "verbose"
    if console.is_terminal:
        # The same console, so that results are printed above the bars and not into them.
        return Terminal(console, commands=commands)
    if moves(sys.stderr):
        return Terminal(console_for(sys.stderr), commands=commands)
    return Plain(sys.stderr, commands=commands)
