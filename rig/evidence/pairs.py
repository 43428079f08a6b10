# SPDX-License-Identifier: GPL-2.0-only
"""Fences joined with the jobs of the hardware that they stand for.

A driver runs one job at a time, and commits it (vb2_fence_publish; for a series without this event
dma_fence_init) before it starts the hardware.  So the fence of a job is the one that its driver
committed between the start of the job before and its own.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rig.evidence.fences import FenceLife
from rig.evidence.hardware import HardwareLog, Job
from rig.evidence.ktap import Observation

# Trace times are cut off to whole microseconds.
NSEC = 1000


@dataclass(frozen=True, slots=True)
class Pair:
    """A job of the hardware and the fence that stands for it."""

    job: Job
    fence: FenceLife


@dataclass(frozen=True, slots=True)
class Joined:
    """The jobs of one block with their fences.

    Args:
        jobs, fences: those that are left without the other.
        own: all fences of the driver that runs on the block, committed or not.
    """

    pairs: tuple[Pair, ...]
    jobs: tuple[Job, ...]
    fences: tuple[FenceLife, ...]
    own: tuple[FenceLife, ...] = ()


def join_all(
    log: HardwareLog,
    lives: Iterable[FenceLife],
    observations: Sequence[Observation],
    publishes: bool,
) -> dict[str, Joined]:
    """The jobs and fences of each block that was given a job, by its name.

    Args:
        observations: of consumers, who tell which device has a context.
        publishes: as for `join`.
    """
    every = tuple(lives)
    blocks = tuple(dict.fromkeys(job.block for job in log.jobs))
    devices = _told(observations)
    found = {}
    for block in blocks:
        own, unknown = _fences_of(block, blocks, every, devices)
        found[block] = join(log.jobs_of(block), own, publishes, unknown)
    return found


def join(
    jobs: Sequence[Job],
    lives: Sequence[FenceLife],
    publishes: bool,
    unknown: Sequence[FenceLife] = (),
) -> Joined:
    """Pair jobs and fences of one driver.

    Args:
        publishes: its series traces when it commits.
        unknown: fences that may be this driver's: a job that could be theirs is not alone.
    """
    # A job is over when its picture is written: no fence of what it reads stands for it.
    commits = _Commits([life for life in lives if not life.on_output], publishes)
    others = _Commits(unknown, publishes)
    pairs: list[Pair] = []
    alone: list[Job] = []
    idle = [life for life in lives if life.on_output]
    for job in jobs:
        window, strangers = commits.until(job.start), others.until(job.start)
        if window:
            pairs.append(Pair(job, window.pop()))
        elif not strangers:
            alone.append(job)
        idle += window
    idle += commits.rest()
    return Joined(tuple(pairs), tuple(alone), tuple(idle), tuple(lives))


class _Commits:
    """Fences in the order in which they were committed, taken window by window."""

    def __init__(self, lives: Sequence[FenceLife], publishes: bool) -> None:
        moments = [(moment, life) for life in lives for moment in _committed(life, publishes)]
        self._left = deque(sorted(moments, key=lambda commit: commit[0]))

    def until(self, start: int) -> list[FenceLife]:
        """Those up to a moment, in nanoseconds, that no earlier window had."""
        window = []
        while self._left and self._left[0][0] * NSEC <= start:
            window.append(self._left.popleft()[1])
        return window

    def rest(self) -> list[FenceLife]:
        return [life for _, life in self._left]


def _committed(life: FenceLife, publishes: bool) -> tuple[int, ...]:
    if publishes:
        return tuple(event.time_us for event in life.publishes[:1])
    return tuple(life.initialised[:1])


def _fences_of(
    block: str,
    blocks: Sequence[str],
    lives: Sequence[FenceLife],
    devices: Mapping[int, str],
) -> tuple[tuple[FenceLife, ...], tuple[FenceLife, ...]]:
    """The fences of the driver that runs on a block, and those that may be its own.

    `devices`: consumers tell the device of a context, and a device that is a block has its name
    ("47ff2000.vdpu"); of a context that they did not ask about it is known only if there is one
    block.
    """
    own = {life.context: devices.get(life.context, "") for life in lives}
    if len(blocks) == 1:
        own = {context: device or block for context, device in own.items()}
    return (
        tuple(life for life in lives if own[life.context] == block),
        tuple(life for life in lives if not own[life.context]),
    )


def _told(observations: Sequence[Observation]) -> dict[int, str]:
    """The block of each context that a consumer asked about; "other" is a device that is none."""
    return {
        int(seen.fields["context"]): seen.fields.get("device", "").partition(".")[2] or "other"
        for seen in observations
        if seen.name == "probe" and seen.fields.get("context", "").isdigit()
    }
