# SPDX-License-Identifier: GPL-2.0-only
"""The cache: whole entries or none, also with several processes, a full disk, and time passing."""

import errno
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from rig.base.cache import _OWNER, Cache
from rig.base.digest import digest_of
from rig.base.errors import EnvironmentFailure
from rig.base.lock import held
from rig.base.manifest import NAME

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
content = {{file.read_text() for file in path.glob("[0-9]*")}}
assert len(content) == 1 and len(list(path.glob("[0-9]*"))) == 20, content
"""


def test_several_processes_see_one_whole_entry(cache: Cache) -> None:
    code = RACE.format(checkout=CHECKOUT, root=str(cache.root))
    runs = [subprocess.Popen([sys.executable, "-c", code, str(n)]) for n in range(4)]
    assert [run.wait(60) for run in runs] == [0, 0, 0, 0]
    assert len(list(cache.path("kernels", "k").glob("[0-9]*"))) == 20


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
# What was opened first is closed first.
with cache.scratch("work"), cache.lock("trees", "t"):
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
        # Until the orphan has let go; in which order it closes its files is the kernel's choice.
        with held(left / _OWNER):
            pass
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
    removed = cache.prune(150_000, keep=[kept])
    assert [entry.path for entry in removed] == [old, young]
    assert not old.exists()
    assert used.exists()
    assert kept.exists()
    assert fresh.exists()


def test_one_kind_is_pruned_alone(cache: Cache) -> None:
    kernel = put(cache, "kernels", "old", 40960, age=9999)
    old = put(cache, "snapshots", "old", 40960, age=9000)
    young = put(cache, "snapshots", "young", 40960, age=8000)
    removed = cache.prune(50_000, only="snapshots")
    assert [entry.path for entry in removed] == [old]
    assert kernel.exists()
    assert young.exists()
    assert [entry.path for entry in cache.entries("snapshots")] == [young]


def kernel(cache: Cache) -> Path:
    """An entry with files, programs and links."""

    def fill(place: Path) -> None:
        _write(place / "Image", b"the kernel " * 1000)
        (place / "modules").mkdir()
        _write(place / "modules" / "vim2m.ko", b"one build's")
        _write(place / "gen_init_cpio", b"a program")
        (place / "gen_init_cpio").chmod(0o755)
        (place / "link").symlink_to("Image")

    return cache.publish("kernels", "k", fill)


def four_bytes(entry: Path) -> None:
    """Nothing but the time of change tells of it."""
    status = (entry / "Image").stat()
    with (entry / "Image").open("r+b") as stream:
        stream.seek(4096)
        stream.write(b"0000")
    os.utime(entry / "Image", ns=(status.st_atime_ns, status.st_mtime_ns))


def another_builds(entry: Path) -> None:
    new = entry.parent / "vim2m.ko"
    _write(new, b"some build's")
    new.replace(entry / "modules" / "vim2m.ko")


TAMPERED: dict[str, Callable[[Path], object]] = {
    "Image is another one": four_bytes,
    "modules/vim2m.ko is another one": another_builds,
    "modules/vim2m.ko is gone": lambda entry: (entry / "modules" / "vim2m.ko").unlink(),
    "modules/visl.ko was added": lambda entry: _write(entry / "modules" / "visl.ko", b"new"),
    "gen_init_cpio is another one": lambda entry: (entry / "gen_init_cpio").chmod(0o644),
    "link is another one": lambda entry: retarget(entry / "link"),
    "it has no list of its files": lambda entry: (entry / NAME).unlink(),
}


def retarget(link: Path) -> None:
    link.unlink()
    link.symlink_to("modules")


@pytest.mark.parametrize("complaint", TAMPERED)
def test_what_is_not_what_was_written_is_made_anew_and_that_is_said(
    cache: Cache, complaint: str
) -> None:
    told: list[str] = []
    cache = Cache(cache.root, told.append)
    entry = kernel(cache)
    assert cache.find("kernels", "k") == entry
    assert told == []
    TAMPERED[complaint](entry)
    with pytest.raises(EnvironmentFailure, match=re.escape(complaint)):
        cache.check(entry)
    assert cache.find("kernels", "k") is None
    assert cache.mended == told
    assert told == [f"kernels/k in the cache is not what was written: {complaint}; it is made anew"]
    assert kernel(cache) == entry
    cache.check(entry)
    assert (entry / "modules" / "vim2m.ko").read_bytes() == b"one build's"


def test_an_entry_is_hashed_again_only_if_it_was_touched(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []

    def digest(path: Path) -> str:
        hashed.append(path.name)
        return digest_of(path)

    entry = kernel(cache)
    monkeypatch.setattr("rig.base.manifest.digest_of", digest)
    cache.check(entry)
    assert hashed == []
    (entry / "Image").touch()
    cache.check(entry)
    cache.check(entry)
    assert hashed == ["Image"]


def test_a_cache_that_is_moved_or_copied_is_as_good(cache: Cache, tmp_path: Path) -> None:
    kernel(cache)
    shutil.copytree(cache.root, tmp_path / "copy", symlinks=True)
    cache.root.rename(tmp_path / "moved")
    for name in ("copy", "moved"):
        other = Cache(tmp_path / name)
        assert other.find("kernels", "k")
        assert other.mended == []


def test_two_runs_mend_an_entry_once(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one to find it bad finds it good when it is its turn to remove it."""
    entry, other = kernel(cache), Cache(cache.root)
    four_bytes(entry)
    lock = cache.lock

    def late(kind: str, key: str) -> AbstractContextManager[None]:
        assert other.find("kernels", "k") is None
        kernel(other)
        return lock(kind, key)

    monkeypatch.setattr(cache, "lock", late)
    assert cache.find("kernels", "k") is None
    assert cache.mended == []
    assert len(other.mended) == 1
    assert entry.exists()


def test_a_tree_may_change(cache: Cache) -> None:
    path = cache.publish("trees", "t", lambda place: _write(place / "a", b"1"), changing=True)
    _write(path / "a", b"2")
    assert cache.find("trees", "t", changing=True) == path


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
