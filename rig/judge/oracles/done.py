# SPDX-License-Identifier: GPL-2.0-only
"""Fences against the hardware that they stand for: joined job by job, in guest time.

A driver runs one job at a time, and commits it (vb2_fence_publish; for a series without this event
dma_fence_init) before it starts the hardware.  So the fence of a job is the one that its driver
committed between the start of the job before and its own.
"""

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from errno import EIO, ENOMEM, ETIME

from rig.evidence.case import CaseEvidence
from rig.evidence.fences import FenceLife, fence_lives
from rig.evidence.hardware import Job
from rig.evidence.ktap import Observation
from rig.evidence.trace import Trace
from rig.judge.oracles.told import told
from rig.judge.reasons import Reason

# Trace times are cut off to whole microseconds.
NSEC = 1000

# Faults after which only a timeout ends the job.
TIMEOUTS = ("lost", "late", "stale")

# Of videobuf2 with producer fences: the job matters more than the fence.
_NO_MEMORY = re.compile(rf"\bno fence for buffer \d+: -{ENOMEM}$")

# After these the hardware itself writes when it has said that it is done.
LIARS = ("after",)


@dataclass(frozen=True, slots=True)
class Pair:
    """A job of the hardware and the fence that stands for it."""

    job: Job
    fence: FenceLife


@dataclass(frozen=True, slots=True)
class Joined:
    """The jobs of one block with their fences; those without a fence, and those without a job."""

    pairs: tuple[Pair, ...]
    jobs: tuple[Job, ...]
    fences: tuple[FenceLife, ...]


def fences(case: CaseEvidence) -> Iterator[Reason]:
    """No fence signals before its hardware is done, and each says how that went."""
    log, trace = case.hardware, case.trace
    if not case.record.scenario.trace or log is None or log.problems or not log.jobs:
        # The last three are reasons of another oracle, and so are the next two.
        return
    if trace is None or trace.lost:
        return
    if not _same_clock(trace, log.jobs):
        yield Reason("hardware.clocks-differ", "no event of the trace surrounds the jobs")
        return
    publishes = case.record.kernel.publishes
    lives = tuple(fence_lives(trace).fences.values())
    blocks = tuple(dict.fromkeys(job.block for job in log.jobs))
    devices = _told(case.results.observations)
    without_memory = _without_memory(case)
    for block in blocks:
        own, unknown = _fences_of(block, blocks, lives, devices)
        found = join(log.jobs_of(block), own, publishes, unknown)
        yield from told("fence.signaled-before-hardware", map(_early, found.pairs))
        yield from told("fence.error-as-success", map(_too_good, found.pairs))
        yield from told("fence.success-as-error", map(_too_bad, found.pairs))
        yield from told("fence.wrong-error", map(_wrong_error, found.pairs))
        if publishes and own:
            if len(found.jobs) != without_memory:
                yield from told("fence.missing-for-job", map(_alone, found.jobs))
            yield from told("fence.without-job", (_idle(each, found) for each in found.fences))


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
    return Joined(tuple(pairs), tuple(alone), tuple(idle))


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


def _same_clock(trace: Trace, jobs: Sequence[Job]) -> bool:
    """Buffers are queued before the first job starts, and come back after the last was done."""
    times = [event.time_us * NSEC for event in trace.events if event.name.startswith("vb2_")]
    if not times:
        return False
    last = max((job.end for job in jobs if job.outcome in ("done", "failed")), default=0)
    return min(times) <= min(job.start for job in jobs) and last < max(times) + NSEC


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


def _early(pair: Pair) -> str:
    """A job that the driver itself stopped has no end but that: only success is wrong then."""
    job, fence = pair.job, pair.fence
    if not fence.signals or job.fault in LIARS:
        return ""
    if _over(pair):
        before = job.start - fence.signals[0] * NSEC
        return f"C20: {_fence(fence)} had signaled {before} ns before {_job(job)} started"
    early = fence.signals[0] * NSEC + NSEC <= job.end
    if job.outcome == "aborted":
        if _error(fence) != 0:
            return ""
        return f"C20: {_name(pair)} said success, and the hardware was stopped before it was done"
    if not early:
        return ""
    return f"C20: {_name(pair)} signaled {job.end - fence.signals[0] * NSEC} ns before the end"


def _over(pair: Pair) -> bool:
    """Whether the fence signaled before the job started: it is the next one, but not its own."""
    signals = pair.fence.signals
    return bool(signals) and signals[0] * NSEC + NSEC <= pair.job.start


def _too_good(pair: Pair) -> str:
    if not _over(pair) and pair.job.outcome in ("failed", "lost") and _error(pair.fence) == 0:
        return f"C20: {_name(pair)} said success"
    return ""


def _too_bad(pair: Pair) -> str:
    error = _error(pair.fence)
    if not _over(pair) and pair.job.outcome == "done" and error:
        return f"C20: {_name(pair)} said {error}"
    return ""


def _wrong_error(pair: Pair) -> str:
    job, error = pair.job, _error(pair.fence)
    wanted = -ETIME if job.fault in TIMEOUTS and job.outcome in ("lost", "aborted") else 0
    wanted = -EIO if job.outcome == "failed" else wanted
    if wanted and error and error != wanted and not _over(pair):
        return f"C20: {_name(pair)} said {error}, not {wanted}"
    return ""


def _error(fence: FenceLife) -> int | None:
    """What the series says that it signaled; None if it does not say."""
    word = fence.vb2_signals[0].fields.get("error", "") if fence.vb2_signals else ""
    return int(word) if word.lstrip("-").isdecimal() else None


def _without_memory(case: CaseEvidence) -> int:
    """How many jobs ran without a fence, by the kernel's own word, for want of memory."""
    return sum(bool(_NO_MEMORY.search(line.text)) for line in case.serial)


def _alone(job: Job) -> str:
    return f"{job.block} job {job.number} ({job.outcome}) ran without a fence"


def _idle(fence: FenceLife, found: Joined) -> str:
    if fence.on_output:
        return f"{_fence(fence)} was published on an OUTPUT queue, whose buffers no job writes to"
    since = fence.publishes[0].time_us * NSEC
    for pair in found.pairs:
        if since <= pair.job.start:
            other = f"{_fence(pair.fence)}, published later, stands for"
            return f"{_fence(fence)} was published, and {other} {_job(pair.job)}, which followed"
    return f"{_fence(fence)} was published, and no job followed"


def _name(pair: Pair) -> str:
    return f"{_fence(pair.fence)} of {_job(pair.job)}"


def _fence(fence: FenceLife) -> str:
    return f"fence {fence.context}:{fence.seqno}"


def _job(job: Job) -> str:
    fault = "" if job.fault == "none" else f", {job.fault}"
    return f"{job.block} job {job.number} ({job.outcome}{fault}, to {job.destination:#x})"
