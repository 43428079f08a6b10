# SPDX-License-Identifier: GPL-2.0-only
"""The cache: entries that appear whole or not at all, and go by last use.

Layout under the root::

    <kind>/<key>/     one entry, for example kernels/3f1c…/
    locks/            one lock file per entry, never deleted while a run may hold it
    tmp/              entries in the making; on the same filesystem, so that rename() publishes
    <name>/           plain directories that manage themselves (ccache, apt)

Nothing in an entry changes any more when it is published.  Whoever finds it finds what was written,
or nothing: an entry that differs from its manifest (`rig.base.manifest`) is removed, and that is
said.
"""

import contextlib
import errno
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from rig.base.errors import EnvironmentFailure
from rig.base.lock import held, held_if_free
from rig.base.manifest import Manifest

ROOT_VARIABLE = "M2M_RIG_CACHE"

# In each directory of tmp/: locked as long as anybody is at work there.
_OWNER = "owner"

# In an entry that could not go in one step: it is not there any more, whatever is left of it.
_GONE = ".m2m-rig-gone"

# What is in tmp/ without such a file is no longer anybody's after this many seconds.
ABANDONED_SECONDS = 24 * 3600

# Directories of the root that hold no entries.
_NOT_KINDS = frozenset({"locks", "tmp", "ccache", "apt"})

_DISK_HINTS = {
    errno.ENOSPC: f"free some room, prune the cache, or set {ROOT_VARIABLE} to a larger disk",
    errno.EDQUOT: f"the quota is used up: prune the cache, or set {ROOT_VARIABLE} elsewhere",
    errno.EACCES: f"make it writable, or set {ROOT_VARIABLE} to a directory of yours",
    errno.EPERM: f"make it writable, or set {ROOT_VARIABLE} to a directory of yours",
    errno.EROFS: f"the filesystem is read-only: set {ROOT_VARIABLE} to a writable directory",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One published entry.  ``used`` is seconds since the epoch, ``size`` bytes on the disk."""

    kind: str
    key: str
    path: Path
    size: int
    used: float


@contextlib.contextmanager
def disk_errors(place: Path) -> Iterator[None]:
    """Turn a full, read-only or forbidden disk into an `EnvironmentFailure` with a hint."""
    try:
        yield
    except OSError as error:
        hint = _DISK_HINTS.get(error.errno or 0)
        if hint is None:
            raise
        where = error.filename or place
        raise EnvironmentFailure(f"{where}: {error.strerror}", hint=hint) from error


class Cache:
    """Entries by kind and key, safe under several processes at once.

    ``mended``: a line for each entry that was not what was written, and was removed.
    """

    def __init__(self, root: Path, note: Callable[[str], object] = lambda _: None) -> None:
        """``note`` is told each line of ``mended``."""
        self.root = root
        self.mended: list[str] = []
        self._note = note
        # What could not be written into entries of somebody else's.
        self._manifests: dict[Path, Manifest] = {}

    @classmethod
    def default(cls, note: Callable[[str], object] = lambda _: None) -> "Cache":
        """The cache named by ``M2M_RIG_CACHE``, else the user's cache directory."""
        named = os.environ.get(ROOT_VARIABLE)
        if named:
            return cls(Path(named).expanduser().absolute(), note)
        return cls(Path(platformdirs.user_cache_dir("m2m-rig", appauthor=False)), note)

    def directory(self, name: str) -> Path:
        """A plain directory of the cache that manages its own content, made if missing."""
        path = self.root / name
        with disk_errors(path):
            path.mkdir(parents=True, exist_ok=True)
        return path

    def path(self, kind: str, key: str) -> Path:
        """Where an entry is or would be."""
        return self.root / kind / key

    def find(self, kind: str, key: str, *, changing: bool = False) -> Path | None:
        """The entry if it is there and is what was written, marked as used now; else None.

        Args:
            changing: it changes by its nature, as a work tree does; nothing is compared.
        """
        path = self.path(kind, key)
        try:
            os.utime(path)
        except FileNotFoundError:
            return None
        except PermissionError:
            # A cache shared read-only is still a cache; only its age is not kept.
            if not path.is_dir():
                return None
        if (path / _GONE).exists():
            return None
        if not changing and (complaint := self._complaint(path)):
            self._discard(path, complaint)
            return None
        return path

    def check(self, path: Path) -> None:
        """See that an entry that is in use is still what was written.

        Raises:
            EnvironmentFailure: it is not.
        """
        if complaint := self._complaint(path):
            raise EnvironmentFailure(
                f"{path} was changed while it was in use: {complaint}",
                hint="run it again: what is not what was written is made anew",
            )

    def digests(self, kind: str, key: str) -> dict[str, str]:
        """The digests (`rig.base.digest`) of the files of an entry, as it was published."""
        items = Manifest.read(self.path(kind, key)).items
        return {name: item.digest for name, item in items.items()}

    @contextlib.contextmanager
    def lock(
        self, kind: str, key: str, *, waiting: Callable[[], None] = lambda: None
    ) -> Iterator[None]:
        """Hold the lock of one entry; ``waiting`` is called once if another run holds it.

        Programs that a killed run left behind hold it still (`rig.base.lock`).
        """
        with contextlib.ExitStack() as stack:
            with disk_errors(self.root):
                stack.enter_context(held(self._lock(kind, key), waiting=waiting))
            yield

    @contextlib.contextmanager
    def scratch(self, name: str) -> Iterator[Path]:
        """A directory to fill, on the filesystem of the cache; what is left in it goes."""
        parent = self.directory("tmp")
        with disk_errors(parent):
            path = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=parent))
            # mkdtemp makes it private; what is published keeps the user's umask.
            path.chmod(0o777 & ~_umask())
        with disk_errors(path), _owned(path):
            yield path

    def publish(
        self, kind: str, key: str, fill: Callable[[Path], None], *, changing: bool = False
    ) -> Path:
        """Return the entry, calling ``fill`` on an empty directory if it is not there yet.

        The directory becomes the entry by a rename, after ``fill`` returned; if it raises, nothing
        is left.  Of two runs that fill the same entry at once, the later one is discarded.

        Args:
            changing: as for `find`.
        """
        if found := self.find(kind, key, changing=changing):
            return found
        self.clear_leftovers()
        with self.scratch(key[:24]) as scratch:
            content = scratch / "entry"
            content.mkdir()
            fill(content)
            return self.adopt(kind, key, content, changing=changing)

    def adopt(self, kind: str, key: str, content: Path, *, changing: bool = False) -> Path:
        """Make a finished directory the entry by renaming it; if there is one, keep that."""
        path = self.path(kind, key)
        with disk_errors(path):
            if not changing:
                Manifest.of(content).write(content)
            path.parent.mkdir(parents=True, exist_ok=True)
            if (path / _GONE).exists():
                _remove_rest(path)
            try:
                content.rename(path)
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
        os.utime(path)
        return path

    def entries(self, only: str = "") -> list[Entry]:
        """All entries, or those of one kind, the longest unused first."""
        found = []
        for kind in _subdirectories(self.root):
            if kind.name in _NOT_KINDS or only not in ("", kind.name):
                continue
            for path in _subdirectories(kind):
                with contextlib.suppress(FileNotFoundError):
                    used = path.stat().st_mtime
                    found.append(Entry(kind.name, path.name, path, disk_size(path), used))
        return sorted(found, key=lambda entry: entry.used)

    def prune(
        self,
        limit: int,
        *,
        only: str = "",
        keep: Collection[Path] = (),
        spare_seconds: float = 3600,
    ) -> list[Entry]:
        """Remove the longest unused entries until the rest is at most ``limit`` bytes.

        With ``only`` it is about entries of this kind.  Entries in ``keep``, locked ones and those
        used in the last ``spare_seconds`` stay: a run may be reading them.  Returns what was
        removed.
        """
        now = time.time()
        self.clear_leftovers()
        entries = self.entries(only)
        total = sum(entry.size for entry in entries)
        removed = []
        for entry in entries:
            if total <= limit:
                break
            if entry.path in keep or now - entry.used < spare_seconds:
                continue
            if self.remove(entry.path):
                total -= entry.size
                removed.append(entry)
        return removed

    def remove(self, path: Path) -> bool:
        """Remove one entry; returns whether it was there and nobody held its lock."""
        lock = self._lock(path.parent.name, path.name)
        lock.touch()
        with held_if_free(lock) as free:
            return free and self._take_away(path)

    def _take_away(self, path: Path) -> bool:
        """Remove an entry whose lock is held; returns whether it was there."""
        try:
            # Renamed first: an entry is there whole or not at all, also while it goes.
            with self.scratch("gone") as scratch:
                path.rename(scratch / "entry")
        except FileNotFoundError:
            return False
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # An overlay does not rename a directory that a lower layer has, as in an image.
            (path / _GONE).touch()
            _remove_rest(path)
        return True

    def _complaint(self, path: Path) -> str:
        """In what an entry differs from what was written; empty if it does not."""
        try:
            written = self._manifests.get(path) or Manifest.read(path)
            seen = written.compare(path)
        except (ValueError, FileNotFoundError) as error:
            return str(error)
        if seen is not written:
            # Moved or copied: the next look is a short one again.
            try:
                seen.write(path)
            except OSError:
                self._manifests[path] = seen
        return ""

    def _discard(self, path: Path, complaint: str) -> None:
        kind, key = path.parent.name, path.name
        with self.lock(kind, key):
            # Another run may have found the same, and made it anew.
            if not path.exists() or not self._complaint(path) or not self._take_away(path):
                return
        line = f"{kind}/{key} in the cache is not what was written: {complaint}; it is made anew"
        self.mended.append(line)
        self._note(line)

    def clear_leftovers(self) -> None:
        """Remove what killed runs left in the making, unless somebody is still at work there."""
        for path in _subdirectories(self.root / "tmp"):
            # Others clear too, and some things are other users'.
            with contextlib.suppress(FileNotFoundError, PermissionError):
                if (path / _OWNER).exists():
                    with held_if_free(path / _OWNER) as free:
                        if free:
                            _remove_scratch(path)
                elif time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                    shutil.rmtree(path, ignore_errors=True)

    def _lock(self, kind: str, key: str) -> Path:
        return self.directory("locks") / f"{kind}-{key}.lock"


@contextlib.contextmanager
def _owned(path: Path) -> Iterator[None]:
    """Be seen to be at work in a directory of tmp/, which is removed afterwards."""
    new = path / f"{_OWNER}.new"
    try:
        with held(new):
            # Never there without being locked: nobody takes it for a leftover.
            new.rename(path / _OWNER)
            yield
    finally:
        _remove_scratch(path)


def _remove_scratch(path: Path) -> None:
    """Remove a directory of tmp/, and last what says that it may be removed."""
    for child in _children(path):
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child, ignore_errors=True)
        elif child.name != _OWNER:
            with contextlib.suppress(OSError):
                child.unlink()
    shutil.rmtree(path, ignore_errors=True)


def _remove_rest(path: Path) -> None:
    """Remove an entry that is gone already, and last what says so."""
    for child in _children(path):
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        elif child.name != _GONE:
            child.unlink()
    shutil.rmtree(path)


def disk_size(path: Path) -> int:
    """Bytes that a directory takes on the disk; files that vanish meanwhile count nothing."""
    total = 0
    for parent, _, names in os.walk(path):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += os.lstat(os.path.join(parent, name)).st_blocks * 512  # noqa: PTH118
    return total


def _subdirectories(path: Path) -> list[Path]:
    return [child for child in _children(path) if child.is_dir()]


def _children(path: Path) -> list[Path]:
    try:
        return sorted(path.iterdir())
    except FileNotFoundError:
        return []


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
