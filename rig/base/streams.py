# SPDX-License-Identifier: GPL-2.0-only
"""The standard streams, as whoever called us has left them."""

import os
import sys


def open_streams() -> None:
    """Open the standard streams that whoever called us has closed: what is opened next would get
    their numbers, and what is printed."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is not None:
            continue
        try:
            os.fstat(number)
        except OSError:
            nothing = os.open(os.devnull, os.O_RDWR)
            if nothing != number:
                os.dup2(nothing, number)
                os.close(nothing)
            os.set_inheritable(number, True)
        setattr(sys, name, os.fdopen(number, mode, closefd=False))
