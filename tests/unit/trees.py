# SPDX-License-Identifier: GPL-2.0-only
"""Kernel sources that are in the cache, as their distributor made them."""

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

from rig.base.cache import Cache
from rig.host import command
from rig.kernel.base import KIND


def _found() -> list[str]:
    """Asked for once, when tests are collected: later they have caches of their own."""
    trees = Cache.default().root / KIND
    return sorted(path.name for path in trees.glob("linux-source-*") if (path / ".git").is_dir())


TREES = _found()
_ROOT = Cache.default().root / KIND


def unpatched(name: str, place: Path, paths: Sequence[str]) -> Path:
    """Some files of a kernel without any patch: its work tree may have some, and change."""
    repository = _ROOT / name
    record = json.loads((repository / ".git" / "m2m-rig-base.json").read_text())
    git = ["git", f"--git-dir={repository / '.git'}"]
    listed = command.run([*git, "ls-tree", "-r", "--name-only", record["commit"], "--", *paths])
    there = [path for path in paths if any(
        file == path or file.startswith(f"{path}/") for file in listed.text.splitlines()
    )]  # fmt: skip
    archive = command.run([*git, "archive", record["commit"], "--", *there])
    with tarfile.open(fileobj=io.BytesIO(archive.out)) as files:
        files.extractall(place, filter="data")
    return place
