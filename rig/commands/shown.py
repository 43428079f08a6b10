# SPDX-License-Identifier: GPL-2.0-only
"""What the options about the view ask for."""

import argparse
import contextlib
from collections.abc import Iterator

from rig.view.output import Output


@contextlib.contextmanager
def output_of(arguments: argparse.Namespace) -> Iterator[Output]:
    """Where a verb prints; whatever happens, no bar is left on the terminal.

    Raises:
        InputError: the options contradict each other.
    """
    follow = getattr(arguments, "follow", False)
    output = Output.standard(arguments.level, follow=follow)
    try:
        yield output
    finally:
        output.progress.close()
