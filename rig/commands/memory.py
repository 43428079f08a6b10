# SPDX-License-Identifier: GPL-2.0-only
"""Verbs that put runs of different days beside each other: compare, trend."""

import argparse
import json
import sys

from rig.base.console import console_for
from rig.campaign import compare as comparing
from rig.campaign.comparison import print_comparison
from rig.report.summary import remember


def compare(arguments: argparse.Namespace) -> int:
    """`compare`."""
    found = comparing.compare(remember(arguments.old), remember(arguments.new))
    if arguments.format == "json":
        print(json.dumps(comparing.document(found), indent=1))
    else:
        print_comparison(found, console_for(sys.stdout))
    return found.exit_status
