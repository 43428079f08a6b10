# SPDX-License-Identifier: GPL-2.0-only
"""The wheel, installed with what it asks for, judges a kernel from an empty directory."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.test_wheel import build_wheel


@pytest.mark.long
def test_the_wheel_judges(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path)
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "env")], check=True)
    pip = [str(tmp_path / "env" / "bin" / "python"), "-m", "pip", "install", "-q"]
    subprocess.run([*pip, "--disable-pip-version-check", str(wheel)], check=True)
    (tmp_path / "empty").mkdir()
    done = subprocess.run(
        [str(tmp_path / "env" / "bin" / "m2m-rig"), "run", "vim2m-export"],
        cwd=tmp_path / "empty",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "1/1  CLEAN  vim2m-export-s1" in done.stdout
    assert [path.name for path in (tmp_path / "empty").iterdir()] == ["out"]
