# SPDX-License-Identifier: GPL-2.0-only
"""Programs of the guest whose making is stopped, or has no room, leave a cache that works."""

import os
import random
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from rig.base.cache import Cache
from rig.base.errors import EnvironmentFailure
from rig.base.paths import ROOT
from rig.image.programs import Toolchain, compile_programs
from tests.unit.processes import all_gone

# Each program announces itself and waits for leave: whoever reads the lines knows where it is.
MAKEFILE = """\
all: {programs}
{programs}:
	@echo $@ > $(TOLD); read leave < $(LEAVE); head -c 100k /dev/zero > $(O)/$@
"""
PROGRAMS = tuple(f"program{number}" for number in range(6))

MAKE = """
import sys
from pathlib import Path
sys.path.insert(0, {checkout!r})
from tests.unit.test_image_luck import publish
from rig.base.cache import Cache
from rig.commands.cli import main
import rig.commands.cli
publishes = lambda arguments: publish(Cache(Path({cache!r})), Path({sources!r}))
rig.commands.cli.action = lambda verb: publishes
sys.exit(main(["list"]))
"""


def publish(cache: Cache, sources: Path) -> Path:
    """As the image does it."""
    tools = Toolchain("fake-", sources, sources)
    return cache.publish("programs", "key", lambda target: compile_programs(sources, tools, target))


def pipe(path: Path) -> BinaryIO:
    """A named pipe that is open at both ends, so that nobody waits for the other end."""
    os.mkfifo(path)
    return os.fdopen(os.open(path, os.O_RDWR), "rb+", buffering=0)


def heard(told: BinaryIO, process: "subprocess.Popen[str]") -> bytes:
    """What a program announces.  The pipe never ends, so whoever died does not end it."""
    while not select.select([told], [], [], 1)[0]:
        assert process.poll() is None, process.communicate()
    return told.readline()


def undisturbed(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Programs made from now on wait for nobody."""
    (folder / "go").write_text("\n")
    patch.setenv("TOLD", "/dev/null")
    patch.setenv("LEAVE", str(folder / "go"))


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    place = tmp_path / "workloads"
    place.mkdir()
    (place / "Makefile").write_text(MAKEFILE.format(programs=" ".join(PROGRAMS)))
    return place


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("seed", range(2))
def test_stopped_at_any_moment(
    tmp_path: Path,
    sources: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
    seed: int,
) -> None:
    cache = Cache(tmp_path / "cache")
    told, leave = pipe(tmp_path / "told"), pipe(tmp_path / "leave")
    moment = random.Random(f"{seed} {number}").randrange(1, len(PROGRAMS))
    code = MAKE.format(checkout=str(ROOT), cache=str(cache.root), sources=str(sources))
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "TOLD": str(tmp_path / "told"), "LEAVE": str(tmp_path / "leave")},
        stderr=subprocess.PIPE,
        text=True,
    )
    for _ in range(moment):
        leave.write(b"\n")
        assert heard(told, process).startswith(b"program")
    process.send_signal(number)
    _, complaint = process.communicate()
    assert process.returncode == (130 if number == signal.SIGINT else -number)
    assert complaint == ("m2m-rig: interrupted\n" if number == signal.SIGINT else "")
    assert all_gone(tmp_path), "somebody still works there"
    assert not cache.path("programs", "key").exists()
    # The next one is not stopped by what this one left.
    undisturbed(tmp_path, monkeypatch)
    assert {path.name for path in publish(cache, sources).glob("program*")} == set(PROGRAMS)


@pytest.mark.parametrize("room", [150, 350])
def test_a_disk_that_is_full(
    tmp_path: Path, small_disk: Path, sources: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    """`room` is in KiB."""
    undisturbed(tmp_path, monkeypatch)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes((1024 - room) << 10))
    cache = Cache(small_disk / "cache")
    with pytest.raises(EnvironmentFailure, match=r"workloads did not compile: no space") as caught:
        publish(cache, sources)
    assert "free some room" in caught.value.hint
    assert list((cache.root / "tmp").iterdir()) == []
    ballast.unlink()
    assert {path.name for path in publish(cache, sources).glob("program*")} == set(PROGRAMS)
