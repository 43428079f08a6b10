# SPDX-License-Identifier: GPL-2.0-only
"""A build that is stopped at any moment, or has no room, leaves a cache that works."""

import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rig.base.cache import Cache
from rig.base.errors import EnvironmentFailure
from rig.base.paths import ROOT
from tests.unit.kernel.conftest import Rig
from tests.unit.processes import all_gone

# Prints a line for everything that a build says, and waits for leave to go on: whoever reads the
# lines knows where it is.
BUILD = """
import sys
from pathlib import Path
sys.path.insert(0, {checkout!r})
from rig.base.cache import Cache
from rig.kernel import series
from rig.kernel.build import build
from rig.kernel.layout import Layout
from rig.base.progress import Silent
from rig.kernel.request import KernelRequest
from rig.kernel.source import KernelSource

class Teller(Silent):
    def stage(self, text):
        print("stage", text, flush=True)
    def step(self, done, expected, what):
        print("step", what, flush=True)

build(
    KernelRequest(
        KernelSource("fake", "tarball", path=Path({tarball!r})),
        series.load("none", Path({config!r}) / "series"),
    ),
    Teller(),
    cache=Cache(Path({cache!r})),
    layout=Layout(Path({config!r}), (Path({modules!r}),)),
)
"""


# So many lines a build of the fake kernel prints at least.
LINES = 10


def start(rig: Rig) -> subprocess.Popen[str]:
    code = BUILD.format(
        checkout=str(ROOT),
        tarball=str(rig.source.path),
        config=str(rig.layout.config),
        cache=str(rig.cache.root),
        modules=str(rig.layout.modules[0]),
    )
    argv = [sys.executable, "-c", code]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("seed", range(3))
def test_stopped_at_any_moment(rig: Rig, number: signal.Signals, seed: int) -> None:
    moment = random.Random(f"{seed} {number}").randrange(1, LINES)
    process = start(rig)
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(moment)]
    assert all(told), "a build says less than this test believes"
    process.send_signal(number)
    process.stdout.read()
    process.wait()
    assert all_gone(rig.cache.root), "somebody still works there"
    built = rig.build(rig.request())
    assert b"return 1;" in built.image.read_bytes()
    assert rig.build(rig.request()) == built


@pytest.mark.parametrize("room", [0, 50, 100, 200])
def test_a_disk_that_is_full_at_any_moment(rig: Rig, small_disk: Path, room: int) -> None:
    """`room` is in KiB."""
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes((1024 - room) << 10))
    small = replace(rig, cache=Cache(small_disk / "cache"))
    with pytest.raises(EnvironmentFailure, match="free some room"):
        small.build(rig.request())
    assert list((small.cache.root / "kernels").glob("*")) == []
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    assert small.build(rig.request()).image.is_file()
