# SPDX-License-Identifier: GPL-2.0-only
"""Verbs that put runs of different days beside each other: compare, trend."""

import argparse
import io
import json
import sys
from pathlib import Path

from rig.base.console import console_for, plain_console
from rig.campaign import compare as comparing
from rig.campaign.comparepage import compare_page
from rig.campaign.comparison import print_comparison
from rig.campaign.trendpage import trend_page
from rig.report.formats import write_text
from rig.report.summary import remember


def trend(arguments: argparse.Namespace) -> int:
    """`trend`."""
    runs = [remember(path) for path in dict.fromkeys(arguments.runs)]
    target: Path = arguments.output
    if str(target) == "-":
        sys.stdout.write(trend_page(runs, Path()))
        return 0
    write_text(trend_page(runs, target.parent), target)
    print(target)
    return 0


def compare(arguments: argparse.Namespace) -> int:
    """`compare`."""
    found = comparing.compare(remember(arguments.old), remember(arguments.new))
    target: Path | None = arguments.output
    if target is None or str(target) == "-":
        if arguments.format == "text":
            print_comparison(found, console_for(sys.stdout))
        else:
            sys.stdout.write(_written(found, arguments.format, Path()))
    else:
        write_text(_written(found, arguments.format, target.parent), target)
        print(target)
    return found.exit_status


def _written(found: comparing.Comparison, format: str, place: Path) -> str:
    if format == "html":
        return compare_page(found, place)
    if format == "json":
        return json.dumps(comparing.document(found), indent=1) + "\n"
    text = io.StringIO()
    print_comparison(found, plain_console(text))
    return text.getvalue()
