# SPDX-License-Identifier: GPL-2.0-only
"""Locks of files (flock(2)) that programs inherit: held until the last of them has ended.

A rig that is killed may leave programs behind that still write to what its lock protects.  The
kernel frees such a lock when its last open descriptor is closed, so whoever has the lock next
finds nobody at work.  A rig that ends in order frees it itself, whatever is left.
"""

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path


@contextlib.contextmanager
def held(path: Path, *, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock of a file, which is made if it is missing.

    Args:
        waiting: called once if somebody else holds it.
    """
    with _opened(path, os.O_CREAT) as fd:
        if not _locked(fd):
            waiting()
            fcntl.flock(fd, fcntl.LOCK_EX)
        with _bequeathed(fd):
            yield


@contextlib.contextmanager
def held_if_free(path: Path) -> Iterator[bool]:
    """Hold the lock of a file unless somebody else does; whether it is held.

    Raises:
        FileNotFoundError: there is no such file.
    """
    with _opened(path) as fd:
        if not _locked(fd):
            yield False
            return
        with _bequeathed(fd):
            yield True


@contextlib.contextmanager
def _opened(path: Path, flags: int = 0) -> Iterator[int]:
    fd = os.open(path, os.O_RDONLY | flags, 0o666)
    try:
        yield fd
    finally:
        os.close(fd)


def _locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def _bequeathed(fd: int) -> Iterator[None]:
    # rig.host.command starts programs that inherit whatever may be inherited.
    os.set_inheritable(fd, True)
    try:
        yield
    finally:
        fcntl.flock(fd, fcntl.LOCK_UN)
