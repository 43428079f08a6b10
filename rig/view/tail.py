# SPDX-License-Identifier: GPL-2.0-only
"""The whole lines of a file that somebody else writes."""

import os
from collections.abc import Iterator
from pathlib import Path

# A guest can write faster than anybody reads; the rest comes with the next look.
_AT_ONCE = 1 << 20


class Tail:
    """Reads on where it stopped.  A file that is not there, or not yet, is empty."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._restart()

    def _restart(self) -> None:
        self._at = 0
        self._rest = b""
        self._inode = 0

    def lines(self) -> Iterator[str]:
        """Lines that have become whole since the last look."""
        try:
            with self._path.open("rb") as file:
                inode = os.fstat(file.fileno()).st_ino
                if inode != self._inode:
                    # The guest was lost and started again.
                    self._restart()
                    self._inode = inode
                file.seek(self._at)
                new = file.read(_AT_ONCE)
        except OSError:
            return
        self._at += len(new)
        *whole, self._rest = (self._rest + new).split(b"\n")
        for line in whole:
            yield line.decode(errors="replace").rstrip("\r")
