# SPDX-License-Identifier: GPL-2.0-only
"""The CI files of docs/guide/ci, run line by line in a bare Debian.  `make test-ci`.

Takes a compilation of a kernel from nothing, unless M2M_RIG_CI_CACHE names a cache to begin with.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
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
SHORTER = ("--seeds 3", "vim2m-export --seeds 2")

SHARDS = ("1", "2")

Lines = tuple[dict[str, str], list[str]]


def github_lines(shard: str = "1") -> Lines:
    """The environment and the scripts of a shard, with the workflow's expressions filled in."""
    workflow = yaml.safe_load((FILES / "github.yml").read_text())
    steps = workflow["jobs"]["gate"]["steps"]
    return _filled(workflow["env"]), [
        _filled_line(step["run"], shard) for step in steps if "run" in step
    ]


def github_whole() -> list[str]:
    """What the job does that comes after all shards, once the rig is there."""
    workflow = yaml.safe_load((FILES / "github.yml").read_text())
    lines = [step["run"] for step in workflow["jobs"]["whole"]["steps"] if "run" in step]
    # The files of a shard are in a directory of its artifact.
    return [f"mkdir shards && for n in {' '.join(SHARDS)}; do mv out-$n shards/m2m-rig-$n; done",
            *lines[3:]]  # fmt: skip


def gitlab_lines(shard: str = "1") -> Lines:
    """The variables and the scripts of a shard; GitLab's own variables are given."""
    pipeline = yaml.safe_load((FILES / "gitlab.yml").read_text())
    gate = pipeline["gate"]
    given = {"CI_PROJECT_DIR": "/work", "CI_NODE_INDEX": shard, "CI_NODE_TOTAL": "2"}
    variables = {
        name: re.sub(r"\$(CI_\w+)", lambda found: given[found[1]], value)
        for name, value in pipeline["variables"].items()
    }
    lines = [*gate["before_script"], *gate["script"], *gate["after_script"]]
    return {**given, **variables}, lines


def gitlab_whole() -> list[str]:
    """What the job does that comes after all shards, once the rig is there."""
    lines: list[str] = yaml.safe_load((FILES / "gitlab.yml").read_text())["whole"]["script"]
    return lines


def container_lines() -> Lines:
    """The environment and the scripts of the Containerfile; a checkout is copied by git."""
    environment: dict[str, str] = {}
    lines = []
    for line in (FILES / "Containerfile").read_text().splitlines():
        verb, _, rest = line.partition(" ")
        if verb in ("ARG", "ENV"):
            name, _, value = rest.partition("=")
            environment[name] = value
        elif verb == "RUN":
            lines.append(rest)
        elif verb == "COPY":
            lines.append(f"git clone --depth 1 file:///rig.git {rest.split()[-1]}")
        elif verb == "ENTRYPOINT":
            lines += [f"{word} --version" for word in yaml.safe_load(rest)]
    return environment, lines


def _filled(environment: Mapping[str, Any]) -> dict[str, str]:
    return {name: _filled_line(str(value), "1") for name, value in environment.items()}


def _filled_line(line: str, shard: str) -> str:
    line = line.replace("${{ github.workspace }}", "/work").replace("${{ matrix.shard }}", shard)
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


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_the_file_works_in_a_bare_debian(machine: Path, ci: str) -> None:
    lines, whole = {
        "github": (github_lines, github_whole),
        "gitlab": (gitlab_lines, gitlab_whole),
    }[ci]
    if warm := os.environ.get("M2M_RIG_CI_CACHE"):
        # A kernel tree has links to itself.
        shutil.copytree(warm, machine / "work" / "m2m-rig-cache", symlinks=True)
    for shard in SHARDS:
        environment, scripts = lines(shard)
        # Each shard has a machine of its own; here the rig is there already for all but the first.
        once = scripts if shard == SHARDS[0] else [line for line in scripts if " run " in line]
        run_all(machine, once, environment)
        if ci == "github":
            (machine / "work" / "out").rename(machine / "work" / f"out-{shard}")
    run_all(machine, whole(), environment)
    place = machine / "work" / ("whole" if ci == "github" else "out")
    (junit,) = place.glob("*/junit.xml")
    assert 'failures="0"' in junit.read_text()
    assert len(list((junit.parent / "cases").iterdir())) == 2


def test_the_container_is_built_but_for_its_layers(machine: Path) -> None:
    environment, scripts = container_lines()
    (machine / environment["M2M_RIG_CACHE"].lstrip("/")).mkdir(parents=True)
    told = run_all(machine, scripts, environment)
    assert told.startswith("m2m-rig ")


def run_all(machine: Path, scripts: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run lines in a bare Debian, one shell each; what the last one printed."""
    told = ""
    for script in scripts:
        usual = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "CI": "true", "HOME": "/root"}
        done = subprocess.run(
            ["chroot", machine, "/bin/sh", "-e", "-c", f"cd /work; {script.replace(*SHORTER)}"],
            env={**usual, **environment, "RIG": "file:///rig.git",
                 "DEBIAN_FRONTEND": "noninteractive", **_proxies()},
            capture_output=True,
            text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{script}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        told = done.stdout
    return told


def _proxies() -> dict[str, str]:
    names = ("http_proxy", "https_proxy", "no_proxy", "PIP_INDEX_URL", "PIP_CONFIG_FILE")
    return {name: os.environ[name] for name in names if name in os.environ}
