# SPDX-License-Identifier: GPL-2.0-only
"""Verbs that put runs of different days beside each other: compare, trend."""

import argparse
import json
import sys
from pathlib import Path

from rig.base.console import console_for
from rig.campaign import compare as comparing
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
    if arguments.format == "json":
        print(json.dumps(comparing.document(found), indent=1))
    else:
        print_comparison(found, console_for(sys.stdout))
    return found.exit_status
