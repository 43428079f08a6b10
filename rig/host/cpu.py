# SPDX-License-Identifier: GPL-2.0-only
"""Host CPUs, one for each guest on the virtual clock, shared out among all runs of a user."""

import contextlib
import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout


@contextlib.contextmanager
def host_cpu(folder: Path | None = None) -> Iterator[int]:
    """Hold a host CPU that no other guest of this user has, if there is one left.

    With more guests than CPUs some share one: they are slower, and no different.

    Args:
        folder: where the locks are; it is one for the machine, as its CPUs are.
    """
    folder = folder or Path(tempfile.gettempdir()) / f"m2m-rig-cpus-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    # In no order, so that users who cannot see each other's locks are spread too.
    cpus = random.sample(sorted(usable := os.sched_getaffinity(0)), len(usable))
    for cpu in cpus:
        lock = FileLock(folder / f"cpu{cpu}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        try:
            yield cpu
        finally:
            lock.release()
        return
    yield cpus[0]
