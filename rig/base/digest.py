# SPDX-License-Identifier: GPL-2.0-only
"""Digests of files, which take no longer for holes: most of a guest's memory is one."""

import hashlib
import os
from pathlib import Path

# Bytes that are looked at together.
BLOCK = 1 << 18


def digest_of(path: Path) -> str:
    """A digest (SHA-256) of a file's size and of all its blocks that are not zeros."""
    digest, nothing = hashlib.sha256(), bytes(BLOCK)
    with path.open("rb", buffering=0) as stream:
        fd = stream.fileno()
        size = os.fstat(fd).st_size
        digest.update(f"{size}\n".encode())
        begin = _next_data(fd, 0, size)
        while begin < size:
            block = os.pread(fd, BLOCK, begin)
            # What is a hole today may be zeros on another disk.
            if block != nothing[: len(block)]:
                digest.update(f"{begin}\n".encode())
                digest.update(block)
            begin = _next_data(fd, begin + BLOCK, size)
    return digest.hexdigest()


def _next_data(fd: int, begin: int, size: int) -> int:
    """Where the first block begins that is not all hole, at or after another; or the size."""
    try:
        return os.lseek(fd, begin, os.SEEK_DATA) // BLOCK * BLOCK
    except OSError:
        # No data any more, or none at all.
        return size
