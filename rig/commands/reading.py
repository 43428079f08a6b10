# SPDX-License-Identifier: GPL-2.0-only
"""Verbs that only read: report, list, schema."""

import argparse
import sys
from pathlib import Path

from rig.evidence.record import RunDir


def report(arguments: argparse.Namespace) -> int:
    """`report`."""
    from rig.report.formats import report_text, write_text
    from rig.report.page import HTML_NAME

    directory = RunDir(arguments.directory)
    base = RunDir(arguments.base) if arguments.base else None
    text = report_text(arguments.format, directory, base=base, origin=arguments.origin)
    target: Path | None = arguments.output
    if target is None and arguments.format == "html":
        target = directory.path / HTML_NAME
    if target is None or str(target) == "-":
        sys.stdout.write(text)
        return 0
    write_text(text, target)
    print(target)
    return 0


def list_names(arguments: argparse.Namespace) -> int:
    """`list`."""
    from rig.commands.inventory import inventory

    for at, section in enumerate(inventory(arguments.names)):
        print(*([""] if at else []), *section.lines(), sep="\n")
    return 0


def schema(arguments: argparse.Namespace) -> int:
    """`schema`."""
    from rig.model.scenario import schema_text

    print(schema_text(), end="")
    return 0
