# SPDX-License-Identifier: GPL-2.0-only
"""How many guests this machine can run at once."""

import os
from pathlib import Path

MIB = 1 << 20

# What QEMU needs besides the guest's memory: translated code, mostly.
QEMU_MIB = 384

MEMINFO = Path("/proc/meminfo")
CGROUP = Path("/sys/fs/cgroup")


def worker_limit(guest_mib: int) -> int:
    """One guest for each CPU of ours, as long as there is memory for all; at least one."""
    cpus = len(os.sched_getaffinity(0))
    return max(1, min(cpus, free_memory() // (guest_mib + QEMU_MIB)))


def free_memory(meminfo: Path = MEMINFO, cgroup: Path = CGROUP) -> int:
    """MiB that can be had without swapping: of the machine, and of our container if it has less."""
    available = next(
        int(line.split()[1]) // 1024
        for line in meminfo.read_text().splitlines()
        if line.startswith("MemAvailable:")
    )
    try:
        limit = (cgroup / "memory.max").read_text().strip()
        used = int((cgroup / "memory.current").read_text())
    except OSError:
        return available
    return available if limit == "max" else min(available, max(0, int(limit) - used) // MIB)
