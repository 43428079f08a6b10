# SPDX-License-Identifier: GPL-2.0-only
"""A rig in miniature: a fake kernel tree, a fake compiler, a cache and a layout of their own."""

import os
import subprocess
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from rig.base.cache import Cache
from rig.base.progress import Progress, Silent
from rig.kernel import series
from rig.kernel.build import build
from rig.kernel.layout import Layout
from rig.kernel.record import KernelBuild
from rig.kernel.request import KernelRequest
from rig.kernel.series import Series
from rig.kernel.source import KernelSource

UNIT = Path(__file__).parents[1]
FAKE_LINUX = UNIT / "fakelinux"
FAKE_CROSS = UNIT / "fakecross" / "fake-"


class Listener(Silent):
    """Remembers what was said."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.notes: list[str] = []
        self.steps: list[tuple[int, int | None, str]] = []

    def stage(self, text: str) -> None:
        self.stages.append(text)

    def step(self, done: int, expected: int | None, what: str) -> None:
        self.steps.append((done, expected, what))

    def note(self, text: str) -> None:
        self.notes.append(text)


@dataclass(frozen=True)
class Rig:
    """Everything that a build of the fake kernel needs."""

    cache: Cache
    layout: Layout
    source: KernelSource

    def request(self, name: str = "none", **more: object) -> KernelRequest:
        request = KernelRequest(self.source, self.series(name))
        return replace(request, **more)  # type: ignore[arg-type]

    def series(self, name: str) -> Series:
        return series.load(name, self.layout.series)

    def build(self, request: KernelRequest, progress: Progress | None = None) -> KernelBuild:
        return build(request, progress, cache=self.cache, layout=self.layout)

    def add_series(self, name: str, *patches: bytes, about: str = "") -> Series:
        directory = self.layout.series / name
        directory.mkdir(parents=True)
        for number, patch in enumerate(patches, 1):
            (directory / f"{number:04}-{name}.patch").write_bytes(patch)
        if about:
            (directory / "series.yaml").write_text(about)
        return self.series(name)


@pytest.fixture(scope="session")
def kernel_tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fake kernel as the tarball that a distribution would ship."""
    path = tmp_path_factory.mktemp("source") / "linux-6.12.99.tar"
    with tarfile.open(path, "w") as archive:
        archive.add(FAKE_LINUX, "linux-6.12.99")
    return path


@pytest.fixture
def rig(tmp_path: Path, kernel_tarball: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """A rig with the fake kernel and nothing else."""
    monkeypatch.setenv("CROSS_COMPILE", str(FAKE_CROSS))
    config = tmp_path / "kernel-config"
    (config / "series").mkdir(parents=True)
    (config / "rig-patches").mkdir()
    (config / "guest.config").write_text("CONFIG_NET=y\n")
    (config / "base.config").write_text('CONFIG_LOCALVERSION="-m2m-rig"\n')
    (config / "media.config").write_text("CONFIG_DEMO=m\n")
    (config / "lockdep.config").write_text("CONFIG_PROVE_LOCKING=y\n")
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "Kbuild").write_text("obj-m += canary.o\n")
    (modules / "canary.c").write_text("/* tweet */\n")
    return Rig(
        Cache(tmp_path / "cache"),
        Layout(config, (modules,), tmp_path / "detectors"),
        KernelSource("fake", "tarball", path=kernel_tarball, steps=7),
    )


def git(directory: Path, *arguments: str) -> str:
    """Run git as some user would, whose commits are all of one second."""
    when = {"GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z"}
    who = ["-c", "user.name=U", "-c", "user.email=u@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(
        ["git", *who, *arguments],
        cwd=directory,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **when},
    )
    return done.stdout


def edit(path: str, old: str, new: str, *, subject: str = "demo: change it") -> bytes:
    """A patch in the form of format-patch that replaces one line of the fake kernel."""
    lines = (FAKE_LINUX / path).read_text().splitlines()
    at = lines.index(old)
    before, after = lines[max(at - 3, 0) : at], lines[at + 1 : at + 4]
    count = len(before) + 1 + len(after)
    hunk = [f"@@ -{at - len(before) + 1},{count} +{at - len(before) + 1},{count} @@"]
    hunk += [f" {line}" for line in before] + [f"-{old}", f"+{new}"]
    hunk += [f" {line}" for line in after]
    head = "From 0000000 Mon Sep 17 00:00:00 2001\nFrom: U <u@example.org>\n"
    head += f"Date: Thu, 1 Jan 2026 00:00:00 +0000\nSubject: [PATCH 1/1] {subject}\n\nWhy.\n---\n"
    diff = [f"diff --git a/{path} b/{path}", f"--- a/{path}", f"+++ b/{path}", *hunk]
    return (head + "\n".join(diff) + "\n-- \n2.39\n\n").encode()


# The three changes that most tests need.
GOOD = edit("drivers/demo/demo.c", "\treturn 1;", "\treturn 10;", subject="demo: ten")
THIRD = edit("drivers/demo/demo.c", "\treturn 3;", "\treturn 30;", subject="demo: thirty")
BROKEN = edit("drivers/demo/demo.c", "\treturn 2;", "#error this is wrong", subject="demo: no")
STALE = GOOD.replace(b" static int demo_first(void)", b" static int demo_gone(void)").replace(
    b"-\treturn 1;", b"-\treturn 100;"
)
