# SPDX-License-Identifier: GPL-2.0-only
"""Fences against the hardware that they stand for, job by job, in guest time."""

import re
from collections.abc import Iterator, Sequence
from errno import EIO, ENOENT, ENOMEM, ETIME

from rig.evidence.case import CaseEvidence
from rig.evidence.fences import FenceLife
from rig.evidence.hardware import Job
from rig.evidence.pairs import NSEC, Joined, Pair
from rig.evidence.trace import Trace
from rig.judge.oracles.contract.kinds import ERROR_AS_SUCCESS, SUCCESS_AS_ERROR
from rig.judge.oracles.mock_hardware import kinds
from rig.judge.reasons import Reason
from rig.judge.told import told

# Faults after which only a timeout ends the job.
TIMEOUTS = ("lost", "late", "stale")

# Of videobuf2 with producer fences: the job matters more than the fence.
_NO_MEMORY = re.compile(rf"\bno fence for buffer \d+: -{ENOMEM}$")

# After these the hardware itself writes when it has said that it is done.
LIARS = ("after",)


def fences(case: CaseEvidence) -> Iterator[Reason]:
    """No fence signals before its hardware is done, and each says how that went."""
    log, trace = case.hardware, case.trace
    if not case.record.scenario.trace or log is None or log.problems or not log.jobs:
        # The last three are reasons of another oracle, and so are the next two.
        return
    if trace is None or trace.lost:
        return
    if not _same_clock(trace, log.jobs):
        yield Reason(kinds.CLOCKS_DIFFER, "no event of the trace surrounds the jobs")
        return
    publishes = case.record.kernel.publishes
    without_memory = _without_memory(case)
    for found in case.joined.values():
        yield from told(kinds.SIGNALED_BEFORE_HARDWARE, map(_early, found.pairs))
        yield from told(ERROR_AS_SUCCESS, map(_too_good, found.pairs))
        # What is made of a source whose writer failed is no picture, whatever the hardware says.
        bad = found.pairs if not _hands_on(case) else tuple(p for p in found.pairs if _own(p))
        yield from told(SUCCESS_AS_ERROR, map(_too_bad, bad))
        yield from told(kinds.WRONG_ERROR, map(_wrong_error, found.pairs))
        if publishes and found.own:
            if len(found.jobs) != without_memory:
                yield from told(kinds.MISSING_FOR_JOB, map(_alone, found.jobs))
            yield from told(kinds.WITHOUT_JOB, (_idle(each, found) for each in found.fences))


def _hands_on(case: CaseEvidence) -> bool:
    """Somebody whose fence a source waited for failed: W12 of docs/reference/waits.md."""
    return any(
        seen.name == "held" and seen.fields.get("ends") == "error"
        for seen in case.results.observations
    )


def _own(pair: Pair) -> bool:
    """The error, if any, is not that of a timeline of sw_sync that was closed."""
    return _error(pair.fence) != -ENOENT


def _same_clock(trace: Trace, jobs: Sequence[Job]) -> bool:
    """Buffers are queued before the first job starts, and come back after the last was done."""
    times = [event.time_us * NSEC for event in trace.events if event.name.startswith("vb2_")]
    if not times:
        return False
    last = max((job.end for job in jobs if job.outcome in ("done", "failed")), default=0)
    return min(times) <= min(job.start for job in jobs) and last < max(times) + NSEC


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
