# SPDX-License-Identifier: GPL-2.0-only
"""The command line: calls the verb, and turns what goes wrong into a line and an exit status."""

import argparse
import errno
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module

from rig.base.errors import EnvironmentFailure, InputError, RigError
from rig.base.streams import open_streams
from rig.commands.grammar import parser

# What a full disk is called; the cache knows more about its own.
FULL = (errno.ENOSPC, errno.EDQUOT)

# Of a name that is too long for a file so much is told.
_NAME = 40


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; the exit status."""
    open_streams()
    try:
        if "_ARGCOMPLETE" in os.environ:
            from rig.commands.completion import complete

            complete(parser())
        arguments = parser().parse_args(argv)
        return action(arguments.home)(arguments)
    except RigError as error:
        _tell(f"m2m-rig: {error}")
        return error.exit_status
    except KeyboardInterrupt:
        print("m2m-rig: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output went away; there is nobody to tell.
        sys.stderr.close()
        return 141
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            _tell(f"m2m-rig: {_short(str(error.filename))}: {error.strerror}")
            return InputError.exit_status
        if error.errno not in FULL:
            return _crashed()
        where = f"{error.filename}: " if error.filename else ""
        _tell(f"m2m-rig: {where}{error.strerror}")
        print("  free some room, or choose another disk with --out", file=sys.stderr)
        return EnvironmentFailure.exit_status
    except Exception:
        return _crashed()


def _tell(text: str) -> None:
    """Say what went wrong; patches and files of others are quoted, and may hold anything."""
    # Loads what draws tables, which a call that goes well may not need.
    from rig.base.console import printable_lines

    print(printable_lines(text), file=sys.stderr)


def _short(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[:_NAME]}…"


def _crashed() -> int:
    """Tell of the exception that is being handled; the exit status."""
    traceback.print_exc()
    print("m2m-rig: this is a defect of m2m-rig; nothing was judged", file=sys.stderr)
    # Python's own status for this would be 1, and that means DIRTY.
    return 70


def action(home: str) -> Callable[[argparse.Namespace], int]:
    """What does a verb, by its home as `rig.commands.grammar` names it."""
    module, _, name = home.partition(".")
    found: Callable[[argparse.Namespace], int] = getattr(
        import_module(f"rig.commands.{module}"), name
    )
    return found
