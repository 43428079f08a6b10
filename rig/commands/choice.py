# SPDX-License-Identifier: GPL-2.0-only
"""What a command line chooses."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rig.base.errors import InputError
from rig.commands.grammar import parser
from rig.evidence.record import RunDir, RunRecord, load
from rig.model.options import Options, rows_of


def parse_options(argv: Sequence[str]) -> Options:
    """What a command line chooses; of `run` and `soak` also what `--resume` brings.

    Raises:
        InputError: it cannot be understood, or resumes what cannot be resumed.
    """
    return resumed(options_of(parser().parse_args(argv)))


def options_of(arguments: argparse.Namespace) -> Options:
    """What the arguments of any verb choose."""
    rows = rows_of(arguments.verb)
    return Options.chosen(
        arguments.verb, {row.name: getattr(arguments, row.name, None) for row in rows}
    )


def resumed(options: Options) -> Options:
    """With `--resume`, the options that the run directory was made with.

    Raises:
        InputError: it is no run directory, or something else is asked for besides.
    """
    if options.resume is None:
        return options
    stored = _made_with(options.resume)
    free = {row.name: getattr(options, row.name) for row in rows_of(options.verb) if row.free}
    usual = Options.usual(options.verb)
    for row in rows_of(options.verb):
        chosen = getattr(options, row.name)
        unsaid = row.free or chosen == getattr(usual, row.name)
        if options.verb != stored.verb or not (unsaid or chosen == getattr(stored, row.name)):
            raise InputError(
                f"--resume goes on with what {options.resume} was made for; "
                "anything else is another run",
                hint=f"it was made by: {stored.command()}",
            )
    return replace(stored, **free)


def options_like(directory: Path, out: Path) -> Options:
    """What a run directory was made with, for more runs like it below `out`.

    Raises:
        InputError: it is no run directory.
    """
    return replace(_made_with(directory), out=out, resume=None)


def _made_with(directory: Path) -> Options:
    return load(RunDir(directory).run, RunRecord).options
