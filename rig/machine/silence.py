# SPDX-License-Identifier: GPL-2.0-only
"""How long a guest has been silent, by a clock that stands while its QEMU stands in line; and how
long its QEMU has done nothing at all, by the host's."""

import os
from pathlib import Path
from time import monotonic

_NANOSECONDS = 1e-9

# Seconds of CPU by which a QEMU may go on that does nothing: less than the kernel counts.  One
# whose guest sleeps on the real clock needs as much every few seconds.
NOTHING = 0.01


class Silence:
    """Watches one guest and its QEMU.

    On a busy host a guest that works may have nothing to say for minutes, and its QEMU no CPU.
    """

    def __init__(self, pid: int) -> None:
        """`pid`: of its QEMU."""
        self._pid = pid
        self._written = -1
        self._since = 0.0
        self._used = 0.0
        self._waits: dict[str, float] = {}
        self._done = -1.0
        self._idle_since = 0.0

    def seconds(self, written: int) -> float:
        """Since the last call that saw another number of bytes in its files, as far as the host
        had a CPU for it.

        Threads that hand a CPU to each other, as those of an idle guest on the virtual clock do
        for each of its timers, stand in line one after the other: all their waits count.  Threads
        that stand there side by side have waits that overlap; then what they used is the least
        that it can be.
        """
        now, waits, done = monotonic(), queued(self._pid), used(self._pid)
        if written != self._written:
            self._written, self._since, self._waits, self._used = written, now, waits, done
        kept = [wait - self._waits.get(thread, 0.0) for thread, wait in waits.items()]
        passed = now - self._since
        return max(passed - sum(kept), min(done - self._used, passed - max(kept, default=0.0)))

    def idle(self) -> float:
        """Seconds of the host's clock in which its QEMU neither used a CPU nor waited for one.

        Nothing will come of that: a guest that only waits has timers, and each of them costs.
        """
        now, done = monotonic(), used(self._pid) + sum(queued(self._pid).values())
        if self._done < 0 or abs(done - self._done) > NOTHING:
            self._done, self._idle_since = done, now
        return now - self._idle_since


def used(pid: int) -> float:
    """Seconds of CPU that a process has used; 0 if it has gone."""
    try:
        # The name of the program is in parentheses, and may hold some.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
