# SPDX-License-Identifier: GPL-2.0-only
"""When jobs start and fences signal, and what they say of the job."""

import re
from collections.abc import Iterator
from errno import EIO, ETIME

from rig.evidence.descriptors import Thing
from rig.judge.oracles.explicit.history import History, Job
from rig.judge.oracles.explicit.row import Row
from rig.judge.oracles.uapi.polls import IN, LONG, polls
from rig.judge.oracles.uapi.program import Step
from rig.judge.oracles.uapi.rule import Seen, expect

# Of a sync_file: DRIVER-TIMELINE CONTEXT-SEQNO, without the blank.
_NAME = re.compile(rb"(.*?)(\d+)-(\d+)\0")


def _waits(history: History) -> Iterator[Seen]:
    """No job is over, and no fence of it signaled, before all that it waits for has."""
    for job in history.jobs:
        begins = [history.signals[one].begin for one in job.awaited if one in history.signals]
        if not begins:
            continue
        over = [status.end for status in history.told(job) if status.value and not job.cut]
        over += [job.taken.call.end] if job.taken else []
        last = max(begins)
        told = f"the job of {job.destination} was over before what it waited for had signaled"
        yield expect(job.destination, all(last < end for end in over), told)


def _ends(history: History) -> Iterator[Seen]:
    """A fence signals in time once nothing is left to wait for."""
    late: dict[Thing, list[Step]] = {}
    for poll in polls(history.program, "sync_file"):
        if poll.events & IN and not poll.told and poll.waited >= LONG:
            late.setdefault(poll.about, []).append(poll.step)
    for job in history.jobs:
        known = [history.signals.get(one) for one in job.awaited]
        if not job.fence or any(signal is None for signal in known):
            continue
        free = max((signal.end for signal in known if signal), default=0)
        missed = [step for step in late.get(job.fence, ()) if step.call.begin > free]
        told = f"the fence of {job.destination} has not signaled, and the job waits for nothing"
        yield expect(job.destination, not missed, told)


def _over(history: History) -> Iterator[Seen]:
    """With the buffer back, or the queue stopped, the fence is over."""
    for job in history.jobs:
        end = job.taken or job.cut
        if not job.fence or not end:
            continue
        pending = [
            status
            for status in history.told(job)
            if status.begin > end.call.end and not status.value
        ]
        told = f"{end} was over, and the fence of {job.destination} was pending"
        yield expect(job.destination, not pending, told)


def _after_dequeue(history: History) -> Iterator[Seen]:
    return _only(history, cut=False)


def _after_stop(history: History) -> Iterator[Seen]:
    return _only(history, cut=True)


def _only(history: History, *, cut: bool) -> Iterator[Seen]:
    ends = {job.destination.call.begin: job for job in history.jobs}
    for seen in _over(history):
        if bool(ends[seen.step.call.begin].cut) == cut:
            yield seen


def _result(history: History, job: Job) -> int | None:
    """What the fence said in the end; None if nobody asked."""
    said = [status.value for status in history.told(job) if status.sure and status.value]
    return said[-1] if said else None


def _errors(history: History) -> Iterator[Seen]:
    for job in history.jobs:
        result = _result(history, job)
        if job.taken is None or result is None:
            continue
        good = "with an error" if job.failed else "as a good one"
        told = f"{job.taken} came back {good}, and the status of its fence is {result}"
        yield expect(job.taken, (result < 0) == job.failed, told)


def _errno(history: History) -> Iterator[Seen]:
    """What a job says that failed by itself."""
    for job in history.jobs:
        result = _result(history, job)
        known = [history.signals.get(one) for one in job.awaited]
        if not job.failed or not result or any(one is None or one.failed for one in known):
            continue
        told = f"the job of {job.destination} failed, and the status of its fence is {result}"
        yield expect(job.destination, result in (-EIO, -ETIME), told)


def _failed_source(history: History) -> Iterator[Seen]:
    for job in history.jobs:
        fence = job.source.fence
        signal = history.signals.get(fence) if fence else None
        if job.taken is None or signal is None or not signal.failed:
            continue
        told = f"{job.taken} came back as a good one, and what its source waited for had failed"
        yield expect(job.taken, job.failed, told)


def _cancelled(history: History) -> Iterator[Seen]:
    """A job that could not start has not been done."""
    for job in history.jobs:
        result = _result(history, job)
        known = [history.signals.get(one) for one in job.awaited]
        if job.cut is None or result is None or not known or not all(known):
            continue
        end = job.cut.call.end
        if any(signal.begin > end for signal in known if signal):
            told = f"{job.cut} took back a job that still waited, whose fence says {result}"
            yield expect(job.cut, result < 0, told)


def _numbers(history: History) -> Iterator[Seen]:
    """Fences of one context, in the order of the jobs."""
    last: dict[tuple[Thing | None, bytes], int] = {}
    jobs = [job for job in history.jobs if job.fence]
    for job in sorted(jobs, key=lambda job: max(job.source.call.end, job.destination.call.end)):
        name = _named(history, job)
        if name is None:
            continue
        context, number = name
        before = last.get((job.destination.about, context))
        told = f"the fence of {job.destination} has number {number}, that before it {before}"
        yield expect(job.destination, before is None or before < number, told)
        last[job.destination.about, context] = number


def _named(history: History, job: Job) -> tuple[bytes, int] | None:
    for step in history.program.by_file.get(job.fence, ()) if job.fence else ():
        info = step.name == "SYNC_IOC_FILE_INFO" and step.done
        if info and (match := _NAME.match(step.call.after[:32])):
            return match[1] + match[2], int(match[3])
    return None


ROWS = (
    Row(
        "job-not-waiting",
        ("E8", "E10", "E11", "E12", "E14"),
        "No job is over, and its fence not signaled, before all in-fences of its buffers, and of "
        "the jobs before it, have signaled.",
        "review of 2017: order is kept",
        _waits,
    ),
    Row(
        "fence-lost",
        ("E13", "E15"),
        "A job starts by itself when the last in-fence signals, and its fence signals in finite "
        "time.",
        "driver-api/dma-buf.rst, DMA Fence Cross-Driver Contract",
        _ends,
    ),
    Row(
        "pending-after-dequeue",
        ("E15",),
        "With VIDIOC_DQBUF of the CAPTURE buffer the fence of the job is signaled.",
        "contract.md, C7",
        _after_dequeue,
    ),
    Row(
        "pending-after-stop",
        ("E20", "E21"),
        "When VIDIOC_STREAMOFF of either queue returns, no fence of its jobs is pending.",
        "review of 2018",
        _after_stop,
    ),
    Row(
        "wrong-status",
        ("E18", "E19"),
        "The status of a fence is an error if and only if its buffer comes back with "
        "V4L2_BUF_FLAG_ERROR.",
        "review of 2018; dma_fence_set_error()",
        _errors,
    ),
    Row(
        "wrong-errno",
        ("E18",),
        "The fence of a job that fails by itself says EIO, or ETIME if the hardware did not "
        "answer.",
        "review of 2018: EIO; dma_fence_set_error()",
        _errno,
    ),
    Row(
        "failed-source-used",
        ("E9", "E19"),
        "A job whose source waited for a fence that failed is not done.",
        "review of 2018",
        _failed_source,
    ),
    Row(
        "cancelled-as-success",
        ("E20",),
        "The fence of a job that was taken back before it could start does not say success.",
        "dma_fence_set_error()",
        _cancelled,
    ),
    Row(
        "wrong-number",
        ("E17",),
        "Fences of one context have growing numbers, in the order of their jobs.",
        "dma_fence_is_later(), on which merging relies",
        _numbers,
    ),
)
