# SPDX-License-Identifier: GPL-2.0-only
"""Twenty runs and twenty builds are killed at moments of chance: what they shared is as it was."""

import difflib
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from rig.base.cache import ROOT_VARIABLE, Cache
from rig.base.errors import EnvironmentFailure
from rig.kernel.base import KIND as TREES
from rig.kernel.build import KIND as KERNELS
from tests.guest.conftest import Command, Guests
from tests.guest.rooms import OF_RUNS, linked_cache
from tests.unit.processes import all_gone

pytestmark = pytest.mark.long

KILLS = 20

# Included by all drivers under test, which are modules.
HEADER = "include/media/v4l2-mem2mem.h"


@dataclass(frozen=True)
class Room:
    """A cache, and calls of m2m-rig that use it.

    `before`: what was not whole in it before anything was killed, as of an older version.
    """

    place: Path
    cache: Cache
    before: frozenset[Path]

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "rig", *words],
            env={**os.environ, ROOT_VARIABLE: str(self.cache.root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def finish(self, *words: str) -> float:
        """Let it end; how many seconds it took."""
        begin = time.monotonic()
        process = self.start(*words)
        output, _ = process.communicate()
        assert process.returncode == 0, output
        return time.monotonic() - begin

    def kill(self, seconds: float, *words: str) -> None:
        process = self.start(*words)
        time.sleep(seconds)
        process.kill()
        process.communicate()
        assert all_gone(self.place), "somebody still works there"
        self.check()

    def check(self) -> None:
        """Whatever is there is whole, or was not before."""
        assert damaged(self.cache) <= self.before

    def left(self) -> list[Path]:
        return list((self.cache.root / "tmp").iterdir())


def damaged(cache: Cache) -> frozenset[Path]:
    """What is not as it was written."""
    found = set()
    for entry in cache.entries():
        try:
            if entry.kind != TREES:
                cache.check(entry.path)
        except EnvironmentFailure:
            found.add(entry.path)
    return frozenset(found)


def room(place: Path, *without: str) -> Room:
    """With all that the cache of this machine has, but for some kinds of entries."""
    cache = linked_cache(place / "cache", *without)
    return Room(place, cache, damaged(cache))


def test_runs(guests: Guests, tmp_path: Path) -> None:
    guests.session("none")
    undisturbed, killed = (room(tmp_path / name, *OF_RUNS) for name in ("undisturbed", "killed"))

    def words(where: Room, fresh: str) -> tuple[str, ...]:
        chosen = ("idle", "--series=none", "--claim=locks")
        return ("run", *chosen, f"--fresh={fresh}", f"--out={where.place / 'out'}")

    def serial(where: Room) -> bytes:
        run = sorted((where.place / "out").iterdir())[-1]
        assert Command(0, "", "", run).verdict["verdict"] == "CLEAN"
        return next(run.glob("cases/*/serial.log")).read_bytes()

    long = undisturbed.finish(*words(undisturbed, "boot"))
    chance = random.Random(KILLS)
    for number in range(KILLS):
        fresh = ("boot", "snapshot")[number % 2]
        killed.kill(chance.uniform(0, long), *words(killed, fresh))
    killed.finish(*words(killed, "snapshot"))
    serial(killed)
    killed.finish(*words(killed, "boot"))
    assert serial(killed) == serial(undisturbed)
    assert killed.left() == []
    killed.check()


def lines_added(tree: Path, count: int, place: Path) -> Path:
    """A patch that moves all lines of a header, and so changes what is compiled with it."""
    old = (tree / HEADER).read_text().splitlines(keepends=True)
    at = next(number for number, line in enumerate(old) if line.startswith("#define")) + 1
    new = [*old[:at], *["\n"] * count, *old[at:]]
    diff = difflib.unified_diff(old, new, f"a/{HEADER}", f"b/{HEADER}")
    patch = place / f"{count}.patch"
    patch.write_text(f"From: U <u@example.org>\nSubject: [PATCH] {count} more\n\n---\n")
    with patch.open("a") as stream:
        stream.writelines(diff)
    return patch


def test_builds(guests: Guests, tmp_path: Path) -> None:
    kernel = guests.session("none").gate.machines.kernel
    shared = Cache.default()
    ours = room(tmp_path / "room", TREES, KERNELS, "locks", "tmp")
    (ours.cache.root / TREES).mkdir()
    [name] = {
        path.name
        for path in (shared.root / TREES).iterdir()
        if kernel.record["base"]["version"] in path.name
    }
    with shared.lock(TREES, name):
        source = shared.path(TREES, name)
        subprocess.run(["cp", "-a", source, ours.cache.path(TREES, name)], check=True)

    def words(patch: Path) -> tuple[str, ...]:
        return ("build", "--series=none", f"--patch={patch}")

    def built() -> dict[str, dict[str, str]]:
        """The digests of what was built, by the subject of the patch; and it is gone."""
        found = {}
        for entry in ours.cache.entries():
            if entry.kind == KERNELS:
                digests = ours.cache.digests(KERNELS, entry.key)
                patch = (entry.path / "build.json").read_text().partition(" more")[0][-1]
                # These two tell of time.
                found[patch] = {
                    name: digest for name, digest in digests.items() if "build." not in name
                }
                assert ours.cache.remove(entry.path)
        return found

    patches = [lines_added(ours.cache.path(TREES, name), count, tmp_path) for count in (1, 2)]
    for patch in patches:
        ours.finish(*words(patch))
    assert len(before := built()) == 2
    long = max(ours.finish(*words(patch)) for patch in patches)
    chance = random.Random(KILLS)
    for number in range(KILLS):
        built()
        ours.kill(chance.uniform(0, long), *words(patches[number % 2]))
    built()
    for patch in patches:
        ours.finish(*words(patch))
    assert built() == before
    assert before["1"]["debug-modules/vim2m.ko"] != before["2"]["debug-modules/vim2m.ko"]
    assert ours.left() == []
