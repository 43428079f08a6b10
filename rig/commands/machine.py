# SPDX-License-Identifier: GPL-2.0-only
"""Verbs about this machine: doctor, prune."""

import argparse

from rig.base.cache import Cache


def doctor(arguments: argparse.Namespace) -> int:
    """`doctor`."""
    from rig.host.doctor import doctor

    return doctor()


def prune(arguments: argparse.Namespace) -> int:
    """`prune`."""
    removed = Cache.default().prune(arguments.limit << 30)
    freed = sum(entry.size for entry in removed)
    print(f"removed {len(removed)} entries, {freed / (1 << 20):.0f} MiB")
    return 0
