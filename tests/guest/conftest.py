# SPDX-License-Identifier: GPL-2.0-only
"""Guest tests boot real kernels; the first one waits for the build."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.guest)


@dataclass(frozen=True)
class Command:
    """How one call of m2m-rig ended.  `directory` is the run directory, if it made one."""

    status: int
    output: str
    errors: str
    directory: Path | None

    @property
    def verdict(self) -> dict[str, Any]:
        assert self.directory is not None, self.errors
        document = json.loads((self.directory / "verdict.json").read_text())
        assert isinstance(document, dict)
        return document

    def reason_ids(self) -> set[str]:
        return {reason["id"] for case in self.verdict["cases"] for reason in case["reasons"]}


M2mRig = Callable[..., Command]


@pytest.fixture
def m2m_rig(tmp_path: Path) -> M2mRig:
    """Call m2m-rig as a user does; run directories go to a temporary place."""

    def call(verb: str, *words: str) -> Command:
        out = ["--out", str(tmp_path / "out")] if verb in ("run", "boot") else []
        done = subprocess.run(
            [sys.executable, "-m", "rig", verb, *words, *out], capture_output=True, text=True
        )
        made = sorted((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else []
        return Command(done.returncode, done.stdout, done.stderr, made[-1] if made else None)

    return call
