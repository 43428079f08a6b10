# SPDX-License-Identifier: GPL-2.0-only
"""What the mock hardware says of itself: every job, every counter.

The formats are those of ``images/silicon/journal.c`` and ``images/silicon/stats.c``
(docs/guide/hardware.md).  No input makes this raise; what does not fit is reported.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rig.model.hardware import FAULTS

OUTCOMES: Final = ("running", "done", "failed", "lost", "aborted")

_JOBS_HEAD: Final = (
    "# m2m_silicon-jobs 1",
    "# seq block job destination start data irq end interrupts fault outcome",
)
_STATS_HEAD: Final = "# m2m_silicon-stats 1"
# The sum of all that is wrong comes last, and so proves that nothing was cut off.
_STATS_LAST: Final = "violations"
_NUMBER: Final = r"(\d{1,20})"
_JOB: Final = re.compile(
    rf"{_NUMBER} ([a-z][a-z0-9-]*) {_NUMBER} 0x([0-9a-f]{{1,16}})"
    rf" {_NUMBER} {_NUMBER} {_NUMBER} {_NUMBER} {_NUMBER}"
    rf" ({'|'.join(FAULTS)}) ({'|'.join(OUTCOMES)})",
    re.ASCII,
)
_STATISTIC: Final = re.compile(rf"([a-z][a-z0-9_.-]*) {_NUMBER}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Job:
    """One job of a block.  Times are nanoseconds of CLOCK_MONOTONIC, 0 for never.

    Attributes:
        seq, number: among the jobs of all blocks, and of its own, from 0.
        destination: physical address of the first byte of the result.
        start: the start bit was seen.
        data: the last byte had been written.
        irq: the last interrupt was raised.
        end: the block was free again.
        fault: what was injected, one of rig.model.hardware.FAULTS.
        outcome: one of OUTCOMES.
    """

    seq: int
    block: str
    number: int
    destination: int
    start: int
    data: int
    irq: int
    end: int
    interrupts: int
    fault: str
    outcome: str


@dataclass(frozen=True, slots=True)
class HardwareLog:
    """All that the mock hardware reported.

    Attributes:
        jobs: in the order of their starts.
        stats: value by name ("vepu.accepted").
        problems: why this is not all of it, or not trustworthy, one line each.
    """

    jobs: tuple[Job, ...]
    stats: Mapping[str, int]
    problems: tuple[str, ...]

    def blocks(self) -> tuple[str, ...]:
        """The blocks that there are, in the order of the statistics."""
        names = (name.partition(".")[0] for name in self.stats if "." in name)
        return tuple(dict.fromkeys(names))

    def jobs_of(self, block: str) -> tuple[Job, ...]:
        """The jobs of one block."""
        return tuple(job for job in self.jobs if job.block == block)

    def count(self, block: str, counter: str) -> int:
        """A counter of a block; 0 if there is none."""
        return self.stats.get(f"{block}.{counter}", 0)


def parse_hardware(jobs: bytes, stats: bytes) -> HardwareLog:
    """Parse the two files."""
    problems: list[str] = []
    parsed = tuple(_parse_jobs(_lines("jobs", jobs, problems), problems))
    counted = _parse_stats(_lines("stats", stats, problems), problems)
    return HardwareLog(parsed, counted, tuple(problems))


def _lines(name: str, data: bytes, problems: list[str]) -> list[str]:
    text = data.decode(errors="backslashreplace")
    if not text.endswith("\n"):
        problems.append(f"{name}: does not end with a whole line" if text else f"{name}: empty")
    return text.split("\n")[:-1]


def _parse_jobs(lines: list[str], problems: list[str]) -> Iterator[Job]:
    if tuple(lines[:2]) != _JOBS_HEAD:
        problems.append("jobs: not the columns of version 1")
        return
    seq = 0
    numbers: dict[str, int] = {}
    for at, line in enumerate(lines[2:], start=3):
        found = _JOB.fullmatch(line)
        if found is None:
            problems.append(f"jobs:{at}: not a job: {line[:80]!r}")
            seq += 1
            continue
        job = _job(found)
        if job.seq != seq:
            problems.append(f"jobs:{at}: job {job.seq} where {seq} was to be")
        if job.number != numbers.get(job.block, 0):
            problems.append(f"jobs:{at}: {job.block} {job.number} is out of its order")
        seq, numbers[job.block] = job.seq + 1, job.number + 1
        yield job


def _job(found: re.Match[str]) -> Job:
    seq, block, number, destination, start, data, irq, end, interrupts, fault, outcome = (
        found.groups()
    )
    return Job(
        seq=int(seq),
        block=block,
        number=int(number),
        destination=int(destination, 16),
        start=int(start),
        data=int(data),
        irq=int(irq),
        end=int(end),
        interrupts=int(interrupts),
        fault=fault,
        outcome=outcome,
    )


def _parse_stats(lines: list[str], problems: list[str]) -> dict[str, int]:
    stats: dict[str, int] = {}
    if lines[:1] != [_STATS_HEAD]:
        problems.append("stats: not version 1")
        return stats
    for at, line in enumerate(lines[1:], start=2):
        found = _STATISTIC.fullmatch(line)
        if found is None:
            problems.append(f"stats:{at}: not a statistic: {line[:80]!r}")
        elif found[1] in stats:
            problems.append(f"stats:{at}: {found[1]} is given twice")
        else:
            stats[found[1]] = int(found[2])
    if not lines[1:] or not lines[-1].startswith(f"{_STATS_LAST} "):
        problems.append("stats: cut off")
    return stats
