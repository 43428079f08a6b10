# SPDX-License-Identifier: GPL-2.0-only
"""`make bench`: what things cost beside each other.  Nothing here passes or fails.

Machines are shared and noisy, so the ways of one comparison take turns, and what counts is the
ratio of their medians.
"""

import argparse
import json
import os
import tempfile
from dataclasses import asdict
from datetime import date
from pathlib import Path

from rich.console import Console

from tests.tools.bench.compiling import compiling
from tests.tools.bench.guests import gates, guests, peers
from tests.tools.bench.kernels import builds, edits
from tests.tools.bench.profiles import profiles
from tests.tools.bench.reading import parsers
from tests.tools.bench.way import Way, table

PARTS = {
    "guests": guests, "gates": gates, "peers": peers, "compiling": compiling,
    "builds": builds, "edits": edits, "parsers": parsers, "profiles": profiles,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--part", action="append", choices=PARTS, default=[])
    parser.add_argument("--json", type=Path, default=Path("out/bench.json"))
    arguments = parser.parse_args()
    console = Console()
    load = os.getloadavg()[0]
    console.print(f"{date.today()}, {os.cpu_count()} CPUs, load {load:.1f}")
    ways: list[Way] = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name in arguments.part or PARTS:
                for way in PARTS[name](Path(folder), arguments.rounds):
                    # A whole table takes the better part of an hour.
                    console.print(f"{way.what}, {way.way}: {way}", soft_wrap=True)
                    ways.append(way)
    finally:
        # What stops a part takes nothing away from those before.
        console.print(table(ways))
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        record = {"date": str(date.today()), "cpus": os.cpu_count(), "load": load,
                  "ways": [asdict(way) for way in ways]}  # fmt: skip
        arguments.json.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
