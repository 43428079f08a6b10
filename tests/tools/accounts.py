# SPDX-License-Identifier: GPL-2.0-only
"""`python -m tests.tools.accounts RUN`: what it costs to know what a case leaves, in guest time.

The guest says so itself, at the end of its results (images/init/init.c).
"""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

_TOLD = re.compile(rb"^# accounts: (\d+) of (\d+) microseconds$", re.MULTILINE)


def told(run: Path) -> Iterator[tuple[int, int]]:
    """Of each case of a run: microseconds for the accounts, and from the boot to there."""
    for results in sorted(run.glob("cases/*/results.ktap")):
        if found := _TOLD.search(results.read_bytes()):
            yield int(found[1]), int(found[2])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    found = list(told(parser.parse_args().run))
    shares = sorted(accounts / whole for accounts, whole in found)
    took, all_ = (sum(column) for column in zip(*found, strict=True))
    print(f"{len(found)} guests: {took / 1e6:.1f} of {all_ / 1e6:.1f} s of guest time, "
          f"{took / all_:.1%}; by guest {shares[0]:.1%} to {shares[-1]:.1%}, "
          f"median {median(shares):.1%}, {took / len(found) / 1e3:.0f} ms each")  # fmt: skip


if __name__ == "__main__":
    main()
