# SPDX-License-Identifier: GPL-2.0-only
"""The CI files of docs/guide/ci, run line by line in a bare Debian.  `make test-ci`.

Takes a compilation of a kernel from nothing, unless M2M_RIG_CI_CACHE names a cache to begin with.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
FILES = CHECKOUT / "docs" / "guide" / "ci"

# The registries that this machine uses, and whom it trusts, are those of the chroot too.
OURS = (
    "etc/apt", "etc/pip.conf", "root/.config/pip", "etc/resolv.conf",
    "usr/local/share/ca-certificates",
)  # fmt: skip

# What keeps a test within minutes; the lines are otherwise those of the files.
SHORTER = ("--seeds 3", "vim2m-export")


def github_lines() -> tuple[Mapping[str, str], list[str]]:
    """The environment and the scripts of the workflow, with its expressions filled in."""
    workflow = yaml.safe_load((FILES / "github.yml").read_text())
    steps = workflow["jobs"]["gate"]["steps"]
    return _filled(workflow["env"]), [_filled_line(step["run"]) for step in steps if "run" in step]


def gitlab_lines() -> tuple[Mapping[str, str], list[str]]:
    """The variables and the scripts of the pipeline; GitLab's own variables are given."""
    pipeline = yaml.safe_load((FILES / "gitlab.yml").read_text())
    gate = pipeline["gate"]
    given = {"CI_PROJECT_DIR": "/work", "CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "2"}
    variables = {
        name: re.sub(r"\$(CI_\w+)", lambda found: given[found[1]], value)
        for name, value in pipeline["variables"].items()
    }
    lines = [*gate["before_script"], *gate["script"], *gate["after_script"]]
    return {**given, **variables}, lines


def _filled(environment: Mapping[str, Any]) -> dict[str, str]:
    return {name: _filled_line(str(value)) for name, value in environment.items()}


def _filled_line(line: str) -> str:
    line = line.replace("${{ github.workspace }}", "/work").replace("${{ matrix.shard }}", "1")
    assert "${{" not in line, line
    return line


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Path]:
    """A bare Debian with an empty /work, and the rig's repository where RIG points to."""
    program = shutil.which("debootstrap")
    if program is None or os.geteuid() != 0:
        pytest.skip("needs root and debootstrap")
    root = tmp_path / "debian"
    release = re.search(r"image: debian:(\w+)", (FILES / "gitlab.yml").read_text())
    assert release is not None
    subprocess.run([program, "--variant=minbase", release[1], root], check=True)
    for name in OURS:
        ours = Path("/", name)
        if ours.is_dir():
            shutil.copytree(ours, root / name, dirs_exist_ok=True)
        elif ours.is_file():
            shutil.copy(ours, root / name)
    (root / "work").mkdir()
    subprocess.run(["git", "clone", "-q", "--bare", CHECKOUT, root / "rig.git"], check=True)
    mounts = [("proc", "proc"), ("sysfs", "sys"), ("devtmpfs", "dev")]
    for kind, name in mounts:
        subprocess.run(["mount", "-t", kind, kind, root / name], check=True)
    try:
        yield root
    finally:
        for _, name in reversed(mounts):
            subprocess.run(["umount", "-l", root / name], check=True)


@pytest.mark.parametrize("lines", [github_lines, gitlab_lines], ids=["github", "gitlab"])
def test_the_file_works_in_a_bare_debian(machine: Path, lines: Any) -> None:
    environment, scripts = lines()
    if warm := os.environ.get("M2M_RIG_CI_CACHE"):
        # A kernel tree has links to itself.
        shutil.copytree(warm, machine / "work" / "m2m-rig-cache", symlinks=True)
    for script in scripts:
        done = subprocess.run(
            ["chroot", machine, "/bin/sh", "-e", "-c", f"cd /work; {script.replace(*SHORTER)}"],
            env={**environment, "RIG": "file:///rig.git", "CI": "true", "HOME": "/root",
                 "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive",
                 **_proxies()},
            capture_output=True,
            text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{script}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    (junit,) = (machine / "work" / "out").glob("*/junit.xml")
    assert 'failures="0"' in junit.read_text()


def _proxies() -> dict[str, str]:
    names = ("http_proxy", "https_proxy", "no_proxy", "PIP_INDEX_URL", "PIP_CONFIG_FILE")
    return {name: os.environ[name] for name in names if name in os.environ}
