# SPDX-License-Identifier: GPL-2.0-only
"""Caches of a test's own, to be damaged: what takes minutes to make is that of the machine."""

from pathlib import Path

from rig.base.cache import Cache
from rig.run.snapshot import KIND as SNAPSHOTS

# What a run makes for its guests; the rest is long there.
OF_RUNS = ("devicetrees", "payloads", SNAPSHOTS, "tmp")


def linked_cache(root: Path, *without: str) -> Cache:
    """A cache in a new directory that has all that the machine's has, but for some kinds."""
    root.mkdir(parents=True)
    for kind in Cache.default().root.iterdir():
        if kind.is_dir() and kind.name not in without:
            (root / kind.name).symlink_to(kind)
    return Cache(root)
