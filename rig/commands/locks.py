# SPDX-License-Identifier: GPL-2.0-only
"""Verbs about the lock graphs of several boots: diff, union."""

import argparse
import sys

from rig.base.console import printable_lines
from rig.campaign.union import judge_union, write_diff
from rig.commands.choice import options_like, options_of
from rig.run.chosen import built_for
from rig.run.gate import Gate
from rig.run.prepare import prepare
from rig.view.output import progress_for


def diff(arguments: argparse.Namespace) -> int:
    """`diff`."""
    written = write_diff(arguments.before, arguments.after, arguments.format)
    if arguments.output is None:
        sys.stdout.buffer.write(written)
    else:
        arguments.output.write_bytes(written)
    return 0


def union(arguments: argparse.Namespace) -> int:
    """`union`."""
    options = options_like(arguments.directory, options_of(arguments).out)

    def gate() -> Gate:
        return prepare(options, progress_for(), built_for(options, ()))

    return judge_union(arguments.directory, _say, gate if arguments.confirm else None)


def _say(text: str) -> None:
    print(printable_lines(text))
