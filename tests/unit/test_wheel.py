# SPDX-License-Identifier: GPL-2.0-only
"""The wheel alone is enough: it carries what a checkout has beside the package."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
from importlib.metadata import Distribution, version
from pathlib import Path

import pytest
from packaging.version import Version

from rig.base.paths import ROOT

# What pyproject.toml asks for; without build isolation nobody looks.
SETUPTOOLS = Version("77")


def copy_source(place: Path) -> Path:
    """What is built: a build leaves its directories beside setup.py."""
    if Version(version("setuptools")) < SETUPTOOLS:
        pytest.skip(f"needs setuptools {SETUPTOOLS}: make setup-dev")
    source = place / "source"
    files = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, files):
        if not name.startswith(("tests/", "docs/")) and (ROOT / name).exists():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    return source


def build_wheel(place: Path) -> Path:
    """The wheel of this checkout, made without the network."""
    source = copy_source(place)
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


def test_it_carries_the_licence(installed: Path) -> None:
    [info] = installed.parents[1].glob("lib/python*/site-packages/m2m_rig-*.dist-info")
    assert (info / "licenses" / "COPYING").read_bytes() == (ROOT / "COPYING").read_bytes()
    assert Distribution.at(info).metadata["License-Expression"] == "GPL-2.0-only"


def test_a_source_distribution_carries_the_licence(tmp_path: Path) -> None:
    source = copy_source(tmp_path)
    build = "import sys, setuptools.build_meta as s; s.build_sdist(sys.argv[1])"
    subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=source, check=True, capture_output=True
    )
    [made] = tmp_path.glob("m2m_rig-*.tar.gz")
    with tarfile.open(made) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"COPYING", "images/init/init.c", "kernel-config/kernels.yaml"} <= names
