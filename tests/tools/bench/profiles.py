# SPDX-License-Identifier: GPL-2.0-only
"""What the detectors of a profile cost: time of host and guest, memory, and the kernel's size."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from rig.base.cache import Cache
from rig.evidence.klog import parse_serial
from rig.kernel.build import KIND
from rig.kernel.record import records
from tests.call import SERIES
from tests.tools.bench.way import Way

_SCENARIO = "vim2m-export"
_USUAL = "lockdep"
# mem_init_print_info(): what the kernel has left of its memory when it has set itself up.
_MEMORY = re.compile(r"Memory: (\d+)K/(\d+)K available")


@dataclass(frozen=True)
class Cost:
    """Of one case that boots: seconds of the host's CPUs, of the guest's clock, MiB of QEMU at its
    largest, MiB that the kernel had taken before init began."""

    cpu: float
    guest: float
    largest: float
    taken: float


_MEASURES = (
    ("CPU time of a case", "s"),
    ("guest time of a case", "s"),
    ("QEMU at its largest", "MiB"),
    ("memory that the kernel has taken", "MiB"),
)


def profiles(folder: Path, rounds: int) -> Iterator[Way]:
    """A case under each profile that somebody has built; the others would take long to build."""
    built = {str(record["profile"]) for record in records(Cache.default().root / KIND)}
    costs: dict[str, list[Cost]] = {}
    for number in range(rounds):
        for name in sorted(built, key=lambda name: (name != _USUAL, name)):
            costs.setdefault(name, []).append(_case(folder / f"{name}-{number}", name))
    for at, (what, measure) in enumerate(_MEASURES):
        for name, each in costs.items():
            taken = tuple(round(astuple(cost)[at], 3) for cost in each)
            yield Way(f"{what}, {_SCENARIO}", name, taken, measure=measure)


def _case(out: Path, profile: str) -> Cost:
    words = ["run", SERIES, "-q", "-j1", "--fresh=boot", _SCENARIO]
    argv = [sys.executable, "-m", "rig", *words, f"--profile={profile}", f"--out={out}"]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as process:
        # What QEMU used is in it, as the rig has waited for QEMU.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode > 2:
        raise SystemExit(f"m2m-rig ended with {process.returncode}")
    (log,) = out.glob("*/cases/*/serial.log")
    lines = parse_serial(log.read_bytes())
    stamps = [line.time_us for line in lines if line.time_us is not None]
    said = next(found for line in lines if (found := _MEMORY.match(line.text)))
    return Cost(
        cpu=usage.ru_utime + usage.ru_stime,
        guest=max(stamps) / 1e6,
        largest=usage.ru_maxrss / 1024,
        taken=(int(said[2]) - int(said[1])) / 1024,
    )
