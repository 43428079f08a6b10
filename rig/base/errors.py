# SPDX-License-Identifier: GPL-2.0-only
"""The one tree of errors.

An error is not a verdict: it says that nothing could be judged, and what to do about it.  Each
carries a hint and the exit status that the command line ends with.
"""

import difflib
from collections.abc import Iterable


class RigError(Exception):
    """Nothing was judged.

    Args:
        message: what happened and where, one line.
        hint: what to do about it, one line; empty if there is nothing to say.
    """

    exit_status = 3

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class EnvironmentFailure(RigError):
    """The machine lacks something: a tool, room on the disk, a package."""

    exit_status = 3


class InputError(RigError):
    """The user asked for something that cannot be had: a bad patch, an unknown name."""

    exit_status = 4


class GuestError(EnvironmentFailure):
    """QEMU did not get as far as running the kernel."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The beginning of a hint, with a blank at its end; empty if nothing known is like the word."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]!r}? " if near else ""
