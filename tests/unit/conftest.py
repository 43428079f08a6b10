# SPDX-License-Identifier: GPL-2.0-only
"""What tests without a guest share."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rig.base.paths import SCENARIOS
from rig.model import scenario
from rig.model.scenario import Scenario


@pytest.fixture(scope="session", autouse=True)
def read_once() -> Iterator[None]:
    """The scenarios that come with the rig are read once: they stay as they are, and nearly every
    command reads all of them."""
    load = scenario.load
    known: dict[Path, list[tuple[object, Scenario]]] = {}

    def remembered(path: Path, *how: Any) -> Scenario:
        if SCENARIOS not in path.parents:
            return load(path, *how)
        asked = (path.stat().st_mtime_ns, how)
        for before, found in known.setdefault(path, []):
            if before == asked:
                return found
        known[path].append((asked, load(path, *how)))
        return known[path][-1][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scenario, "load", remembered)
        yield


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for one MiB."""
    place = tmp_path / "small"
    place.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)]
    if os.geteuid() or subprocess.run(argv, capture_output=True).returncode:
        pytest.skip("may not mount a small file system here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)
