# SPDX-License-Identifier: GPL-2.0-only
"""How long a guest has been silent, by a clock that stands while its QEMU stands in line."""

import os
from pathlib import Path
from time import monotonic

_NANOSECONDS = 1e-9


class Silence:
    """Seconds in which a guest wrote nothing, although the host had a CPU for it.

    On a busy host a guest that works may have nothing to say for minutes.
    """

    def __init__(self, pid: int) -> None:
        """`pid`: of its QEMU."""
        self._pid = pid
        self._written = -1
        self._since = 0.0
        self._waits: dict[str, float] = {}

    def seconds(self, written: int) -> float:
        """Since the last call that saw another number of bytes in its files."""
        now, waits = monotonic(), queued(self._pid)
        if written != self._written:
            self._written, self._since, self._waits = written, now, waits
        # Threads stand in line side by side: the one that did so longest held up the others.
        kept = (wait - self._waits.get(thread, 0.0) for thread, wait in waits.items())
        return now - self._since - max(kept, default=0.0)


def queued(pid: int) -> dict[str, float]:
    """Seconds that each thread of a process was ready to run and had no CPU.

    Empty where the process has gone or the kernel does not count (CONFIG_SCHED_INFO).  A thread
    that only wants the time that nobody else does holds up nobody.
    """
    found = {}
    for file in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            if os.sched_getscheduler(int(file.parent.name)) == os.SCHED_IDLE:
                continue
            found[file.parent.name] = int(file.read_text().split()[1]) * _NANOSECONDS
        except (OSError, IndexError, ValueError):
            continue
    return found
