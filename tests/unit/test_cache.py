# SPDX-License-Identifier: GPL-2.0-only
"""The cache: whole entries or none, also with several processes, a full disk, and time passing."""

import errno
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from rig.base.cache import Cache
from rig.base.errors import EnvironmentFailure

CHECKOUT = str(Path(__file__).parents[2])


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def put(cache: Cache, kind: str, key: str, size: int = 4096, *, age: float = 7200) -> Path:
    path = cache.publish(kind, key, lambda place: _write(place / "data", b"x" * size))
    then = time.time() - age
    os.utime(path, (then, then))
    return path


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def test_the_environment_names_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("M2M_RIG_CACHE", str(tmp_path))
    assert Cache.default().root == tmp_path
    monkeypatch.delenv("M2M_RIG_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert Cache.default().root == tmp_path / "m2m-rig"


def test_an_entry_is_made_once(cache: Cache) -> None:
    first = put(cache, "kernels", "k")
    second = cache.publish("kernels", "k", lambda _: pytest.fail("made twice"))
    assert first == second
    assert cache.find("kernels", "k") == first
    assert cache.find("kernels", "other") is None


def test_an_entry_that_fails_leaves_nothing(cache: Cache) -> None:
    def fill(place: Path) -> None:
        _write(place / "half", b"x")
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        cache.publish("kernels", "k", fill)
    assert cache.find("kernels", "k") is None
    assert list((cache.root / "tmp").iterdir()) == []


def test_the_loser_of_a_race_is_discarded(cache: Cache) -> None:
    def fill(place: Path) -> None:
        _write(place / "data", b"late")
        cache.publish("kernels", "k", lambda other: _write(other / "data", b"early"))

    path = cache.publish("kernels", "k", fill)
    assert (path / "data").read_bytes() == b"early"
    assert list((cache.root / "tmp").iterdir()) == []


RACE = """
import sys, time
from pathlib import Path
sys.path.insert(0, {checkout!r})
from rig.base.cache import Cache

def fill(place):
    for part in range(20):
        (place / str(part)).write_text(sys.argv[1])
        time.sleep(0.002)

path = Cache(Path({root!r})).publish("kernels", "k", fill)
content = {{file.read_text() for file in path.iterdir()}}
assert len(content) == 1 and len(list(path.iterdir())) == 20, content
"""


def test_several_processes_see_one_whole_entry(cache: Cache) -> None:
    code = RACE.format(checkout=CHECKOUT, root=str(cache.root))
    runs = [subprocess.Popen([sys.executable, "-c", code, str(n)]) for n in range(4)]
    assert [run.wait(60) for run in runs] == [0, 0, 0, 0]
    assert len(list(cache.path("kernels", "k").iterdir())) == 20


HOLD = """
import sys
from pathlib import Path
sys.path.insert(0, {checkout!r})
from rig.base.cache import Cache
with Cache(Path({root!r})).lock("trees", "t"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_who_waits_for_a_lock_is_told(cache: Cache) -> None:
    code = HOLD.format(checkout=CHECKOUT, root=str(cache.root))
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdin
    assert holder.stdout
    assert holder.stdout.readline() == b"held\n"
    waited = []

    def waiting() -> None:
        waited.append(True)
        assert holder.stdin
        holder.stdin.close()

    with cache.lock("trees", "t", waiting=waiting):
        pass
    assert waited == [True]
    assert holder.wait(10) == 0


def test_a_killed_holder_frees_its_lock(cache: Cache) -> None:
    code = HOLD.format(checkout=CHECKOUT, root=str(cache.root))
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout
    holder.stdout.readline()
    holder.kill()
    holder.wait()
    with cache.lock("trees", "t", waiting=lambda: pytest.fail("still held")):
        pass


START = """
import sys
from pathlib import Path
sys.path.insert(0, {checkout!r})
from rig.base.cache import Cache
from rig.host import command
cache = Cache(Path({root!r}))
with cache.lock("trees", "t"), cache.scratch("work"):
    command.run(["sh", "-c", "echo started >&3; read -r _ <&4"])
"""


@dataclass(frozen=True)
class Orphan:
    """A program that a killed run has left at work; it ends when it is told to."""

    holder: "subprocess.Popen[bytes]"
    leave: IO[bytes]

    @classmethod
    def start(cls, cache: Cache) -> "Orphan":
        told, tell = os.pipe()
        wait, leave = os.pipe()
        code = START.format(checkout=CHECKOUT, root=str(cache.root))
        words = f'exec 3>&{tell} 4<&{wait}; exec {sys.executable} -c "$0"'
        holder = subprocess.Popen(["bash", "-c", words, code], pass_fds=(tell, wait))
        os.close(tell)
        os.close(wait)
        with os.fdopen(told, "rb") as stream:
            assert stream.readline() == b"started\n"
        holder.kill()
        holder.wait()
        return cls(holder, os.fdopen(leave, "wb", buffering=0))


def test_what_a_killed_holder_started_keeps_its_lock(cache: Cache) -> None:
    orphan = Orphan.start(cache)
    waited = []

    def waiting() -> None:
        waited.append(True)
        orphan.leave.write(b"\n")

    with cache.lock("trees", "t", waiting=waiting):
        pass
    orphan.leave.close()
    assert waited == [True]


def test_what_killed_runs_left_goes_when_nobody_works_there(cache: Cache) -> None:
    orphan = Orphan.start(cache)
    [left] = (cache.root / "tmp").iterdir()
    with cache.scratch("mine") as mine:
        cache.clear_leftovers()
        assert left.exists()
        orphan.leave.write(b"\n")
        orphan.leave.close()
        # Until the orphan has ended.
        with cache.lock("trees", "t"):
            cache.clear_leftovers()
        assert not left.exists()
        assert mine.exists()


def test_prune_takes_the_longest_unused(cache: Cache) -> None:
    old = put(cache, "kernels", "old", 40960, age=9000)
    used = put(cache, "kernels", "used", 40960, age=9000)
    young = put(cache, "images", "young", 40960, age=8000)
    kept = put(cache, "images", "kept", 40960, age=9999)
    fresh = put(cache, "images", "fresh", 40960, age=60)
    os.utime(used, (time.time() - 7200,) * 2)
    removed = cache.prune(130_000, keep=[kept])
    assert [entry.path for entry in removed] == [old, young]
    assert not old.exists()
    assert used.exists()
    assert kept.exists()
    assert fresh.exists()


def test_find_counts_as_use(cache: Cache) -> None:
    path = put(cache, "kernels", "k", age=9000)
    cache.find("kernels", "k")
    assert time.time() - path.stat().st_mtime < 60


def test_prune_spares_what_is_locked(cache: Cache) -> None:
    path = put(cache, "trees", "t")
    with cache.lock("trees", "t"):
        assert cache.prune(0) == []
    assert path.exists()
    assert [entry.key for entry in cache.prune(0)] == ["t"]


def test_prune_clears_what_killed_runs_left(cache: Cache) -> None:
    left, at_work = cache.directory("tmp/left"), cache.directory("tmp/at-work")
    os.utime(left, (time.time() - 2 * 24 * 3600,) * 2)
    cache.prune(0)
    assert not left.exists()
    assert at_work.exists()


def test_plain_directories_are_no_entries(cache: Cache) -> None:
    cache.directory("ccache/0")
    cache.directory("apt/arm64-system")
    put(cache, "kernels", "k")
    assert [(entry.kind, entry.key) for entry in cache.entries()] == [("kernels", "k")]


@pytest.mark.parametrize(
    ("number", "hint"),
    [(errno.ENOSPC, "prune"), (errno.EDQUOT, "quota"), (errno.EROFS, "read-only")],
)
def test_a_disk_that_takes_no_more(cache: Cache, number: int, hint: str) -> None:
    def fill(place: Path) -> None:
        raise OSError(number, os.strerror(number), str(place / "vmlinux"))

    with pytest.raises(EnvironmentFailure, match=r"vmlinux: ") as caught:
        cache.publish("kernels", "k", fill)
    assert hint in caught.value.hint
    assert "M2M_RIG_CACHE" in caught.value.hint or "prune" in caught.value.hint
    assert list((cache.root / "tmp").iterdir()) == []


def test_other_errors_stay_what_they_are(cache: Cache) -> None:
    def fill(place: Path) -> None:
        (place / "missing").read_text()

    with pytest.raises(FileNotFoundError):
        cache.publish("kernels", "k", fill)


def test_a_cache_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises((EnvironmentFailure, NotADirectoryError)):
        put(Cache(tmp_path / "file" / "cache"), "kernels", "k")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_cache_that_may_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir(mode=0o500)
    with pytest.raises(EnvironmentFailure, match="Permission denied"):
        put(Cache(tmp_path / "cache"), "kernels", "k")
