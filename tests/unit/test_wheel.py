# SPDX-License-Identifier: GPL-2.0-only
"""The wheel alone is enough: it carries what a checkout has beside the package."""

import os
import subprocess
import sys
import sysconfig
import venv
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.version import Version

from rig.base.paths import ROOT

# Since then it makes wheels by itself.
SETUPTOOLS = Version("70.1")


def build_wheel(place: Path) -> Path:
    """The wheel of this checkout, made without the network."""
    if Version(version("setuptools")) < SETUPTOOLS:
        pytest.skip(f"needs setuptools {SETUPTOOLS}: make setup-dev")
    # pip copies nothing aside, and a build leaves its directories beside setup.py.
    source = place / "source"
    files = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, files):
        if not name.startswith(("tests/", "docs/")) and (ROOT / name).exists():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check", "--no-deps"]
    subprocess.run(
        [*pip, "--no-build-isolation", "-w", str(place), str(source)],
        check=True, capture_output=True,
    )  # fmt: skip
    [wheel] = place.glob("m2m_rig-*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of a wheel in an environment of its own; what it depends on is shared."""
    place = tmp_path_factory.mktemp("wheel")
    wheel = build_wheel(place)
    venv.create(place / "env", with_pip=False)
    python = place / "env" / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps",
         "--no-index", "--disable-pip-version-check", str(wheel)],
        check=True, capture_output=True,
    )  # fmt: skip
    return place / "env" / "bin" / "m2m-rig"


def call(program: Path, place: Path, *words: str) -> str:
    """What the installed program prints in an empty directory."""
    (place / "empty").mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "M2M_RIG_CACHE": str(place / "cache"),
        # Entries of PYTHONPATH have no .pth files, so this checkout stays out of sight.
        "PYTHONPATH": sysconfig.get_path("purelib"),
    }
    done = subprocess.run(
        [str(program), *words], cwd=place / "empty", env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert list((place / "empty").iterdir()) == []
    return done.stdout


def test_it_is_the_wheel_that_answers(installed: Path, tmp_path: Path) -> None:
    # A checkout would name its commit.
    assert call(installed, tmp_path, "--version") == f"m2m-rig {version('m2m-rig')}\n"


def test_it_knows_its_names(installed: Path, tmp_path: Path) -> None:
    told = call(installed, tmp_path, "list")
    for name in ("linux-6.12", "producer-fence", "lockdep", "vim2m-export"):
        assert name in told


def test_it_prints_the_schema(installed: Path, tmp_path: Path) -> None:
    assert call(installed, tmp_path, "schema") == (
        ROOT / "docs" / "scenario.schema.json"
    ).read_text()  # fmt: skip


def test_it_plans_a_run(installed: Path, tmp_path: Path) -> None:
    told = call(
        installed, tmp_path, "run", "--dry-run", "--series", "producer-fence", "--driver", "rga"
    )
    assert "producer-fence: " in told
    assert "case        rga-" in told


def test_it_carries_every_file(installed: Path) -> None:
    [data] = installed.parents[1].glob("lib/python*/site-packages/rig/_data")
    for name in ("images", "kernel-config"):
        ours = {path.relative_to(ROOT) for path in (ROOT / name).rglob("*") if path.is_file()}
        theirs = {path.relative_to(data) for path in (data / name).rglob("*") if path.is_file()}
        assert theirs == ours
