# SPDX-License-Identifier: GPL-2.0-only
"""What a directory of the cache was when it was published, to be compared with what it is.

The manifest has a digest of each file, and what the file system said of the file when it was
hashed.  A file of which it says the same still is not hashed again: to look over a kernel with a
thousand files takes milliseconds.  Nobody can keep a secret from this who wants to, but a hand that
slips, a disk that fails and a copy that stopped half way are found.
"""

import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from rig.base.digest import digest_of

# In the directory itself: it is published, moved and copied with it.
NAME = ".manifest.json"

FORMAT = 1


class Stamp(NamedTuple):
    """What changes with a file, in bytes, nanoseconds since the epoch and the file system's own
    numbers."""

    size: int
    mtime: int
    ctime: int
    inode: int


@dataclass(frozen=True, slots=True)
class Item:
    """One file.

    Args:
        digest: of its content; of a symbolic link where it leads to.
        kind: ``file``, ``program`` or ``link``.
    """

    digest: str
    kind: str
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Manifest:
    """All files of a directory, by their paths in it."""

    items: Mapping[str, Item]

    @classmethod
    def of(cls, directory: Path) -> "Manifest":
        """Hash a whole directory."""
        files = dict(_files(directory))
        return cls({name: _item(directory / name, files[name]) for name in sorted(files)})

    @classmethod
    def read(cls, directory: Path) -> "Manifest":
        """The manifest that was written.

        Raises:
            ValueError: there is none that can be read.
        """
        try:
            text = json.loads((directory / NAME).read_bytes())
            if text["format"] != FORMAT:
                raise ValueError
            rows = text["files"].items()
            return cls({name: Item(row[0], row[1], Stamp(*row[2:])) for name, row in rows})
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise ValueError("it has no list of its files") from error

    def write(self, directory: Path) -> None:
        """Keep it in the directory, whole or not at all."""
        rows = {name: (item.digest, item.kind, *item.stamp) for name, item in self.items.items()}
        text = json.dumps({"format": FORMAT, "files": rows}, separators=(",", ":"))
        with tempfile.NamedTemporaryFile("w", dir=directory, prefix=NAME, delete=False) as new:
            new.write(text)
        Path(new.name).chmod(0o644)
        Path(new.name).replace(directory / NAME)

    def compare(self, directory: Path) -> "Manifest":
        """The same with what the file system says now, which is itself if nothing is new.

        Raises:
            ValueError: the directory is not what was written; the message names one file.
        """
        files = dict(_files(directory))
        if gone := self.items.keys() - files.keys():
            raise ValueError(f"{min(gone)} is gone")
        if added := files.keys() - self.items.keys():
            raise ValueError(f"{min(added)} was added")
        touched = {}
        for name, status in files.items():
            if _stamp(status) != self.items[name].stamp:
                touched[name] = _item(directory / name, status)
                if replace(touched[name], stamp=self.items[name].stamp) != self.items[name]:
                    raise ValueError(f"{name} is another one")
        return Manifest({**self.items, **touched}) if touched else self


def _files(directory: Path, below: str = "") -> Iterator[tuple[str, os.stat_result]]:
    """What is in a directory that is no directory; without the manifest, old or in the making."""
    with os.scandir(directory / below) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(directory, f"{below}{entry.name}/")
            elif below or not entry.name.startswith(NAME):
                yield f"{below}{entry.name}", entry.stat(follow_symlinks=False)


def _item(path: Path, status: os.stat_result) -> Item:
    if stat.S_ISLNK(status.st_mode):
        target = hashlib.sha256(os.fsencode(path.readlink())).hexdigest()
        return Item(target, "link", _stamp(status))
    kind = "program" if status.st_mode & stat.S_IXUSR else "file"
    return Item(digest_of(path), kind, _stamp(status))


def _stamp(status: os.stat_result) -> Stamp:
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
