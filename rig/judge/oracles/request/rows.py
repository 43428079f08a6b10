# SPDX-License-Identifier: GPL-2.0-only
"""Every row of the contract of a request's fence."""

import re
from collections.abc import Iterator
from errno import EBUSY, EINVAL, ENOENT, ENOTTY
from struct import unpack_from

from rig.evidence.descriptors import Thing
from rig.judge.oracles.request.history import FENCED, REINIT, Content, History, Job
from rig.judge.oracles.request.row import Row
from rig.judge.oracles.uapi.polls import IN, LONG, PRI, polls
from rig.judge.oracles.uapi.program import QUEUEING, Step
from rig.judge.oracles.uapi.rule import Seen, expect

_COUNT_AT = 40
# Of a sync_file: DRIVER-TIMELINE CONTEXT-SEQNO, without the blank.
_NAME = re.compile(rb"(.*?)(\d+)-(\d+)\0")


def _one_fence(history: History) -> Iterator[Seen]:
    for ask in history.asks:
        if not ask.step.done:
            continue
        counts = [unpack_from("<I", s.call.after, _COUNT_AT)[0] for s in _infos(history, ask.step)]
        told = f"{ask.step} was done, and gave no sync_file of one fence"
        yield expect(ask.step, ask.step.made is not None and set(counts) <= {1}, told)


def _infos(history: History, step: Step) -> list[Step]:
    """What was asked of the fence that a call gave."""
    asked = history.program.by_file.get(step.made, ()) if step.made else ()
    return [each for each in asked if each.name == "SYNC_IOC_FILE_INFO" and each.done]


def _committed(history: History) -> Iterator[Seen]:
    for ask in history.asks:
        if ask.valid and ask.content == "a buffer" and ask.complete:
            told = f"{ask.step} completes a job, and was answered {ask.step.answer}"
            yield expect(ask.step, ask.step.error != EBUSY, told)


def _starved(history: History) -> Iterator[Seen]:
    for ask in history.asks:
        if ask.valid and ask.content == "a buffer" and ask.complete is False:
            told = f"{ask.step} completes no job, and was answered {ask.step.answer}"
            yield expect(ask.step, ask.step.error in (EBUSY, ENOTTY), told)


_DUE: dict[Content, int] = {"nothing": ENOENT, "several": EINVAL, "queued": EBUSY}


def _answers(history: History) -> Iterator[Seen]:
    """What cannot be queued, whatever streams."""
    for ask in history.asks:
        due = _DUE.get(ask.content) if ask.valid else EINVAL
        if due and ask.step.error != ENOTTY:
            told = f"{ask.step}, with {ask.content} in it, was answered {ask.step.answer}"
            yield expect(ask.step, ask.step.error == due, told)


def _unchanged(history: History) -> Iterator[Seen]:
    """A call that failed has queued nothing."""
    for ask in history.asks:
        if ask.step.done or ask.content != "a buffer":
            continue
        later = [step for step in _of_request(history, ask.step) if step.name != "poll"]
        if later and later[0].name == "MEDIA_REQUEST_IOC_QUEUE":
            told = f"{ask.step} failed, and then {later[0]} was answered {later[0].answer}"
            yield expect(later[0], later[0].error != EBUSY, told)


def _of_request(history: History, step: Step) -> list[Step]:
    """Calls on the same request that came later."""
    assert step.about
    steps = history.program.by_file[step.about]
    return [each for each in steps[steps.index(step) + 1 :] if each.call.returned]


def _pending(history: History, job: Job, since: Step) -> Step | None:
    """The call after which the fence was told to be pending, if it was."""
    told = history.told(job)
    late = any(one.begin > since.call.end and not one.value for one in told)
    return since if late else None


def _after_request(history: History) -> Iterator[Seen]:
    complete: dict[Thing, list[Step]] = {}
    for poll in polls(history.program, "request"):
        if poll.told & PRI:
            complete.setdefault(poll.about, []).append(poll.step)
    for job in history.jobs:
        request = job.source.about
        ends = complete.get(request, ()) if job.fence and request else ()
        since = next((step for step in ends if step.call.begin > job.source.call.begin), None)
        if since:
            told = f"{since} said that the request is complete, and its fence was pending"
            yield expect(since, not _pending(history, job, since), told)


def _after(history: History, *, cut: bool) -> Iterator[Seen]:
    for job in history.jobs:
        end = job.cut if cut else job.taken
        if job.fence and end:
            told = f"{end} was over, and the fence of {job.source} was pending"
            yield expect(end, not _pending(history, job, end), told)


def _after_dequeue(history: History) -> Iterator[Seen]:
    return _after(history, cut=False)


def _after_stop(history: History) -> Iterator[Seen]:
    return _after(history, cut=True)


def _after_reinit(history: History) -> Iterator[Seen]:
    """What was made anew was complete, so its fence had signaled; and that is left alone."""
    for job in history.jobs:
        if not job.fence:
            continue
        later = _of_request(history, job.source)
        step = next((each for each in later if each.name == REINIT and each.done), None)
        if step:
            told = f"{step} was done, and the fence of {job.source} was pending"
            yield expect(step, not _pending(history, job, step), told)


def _settled(history: History) -> Iterator[Seen]:
    """A fence says one thing for ever once it has signaled."""
    for job in history.jobs:
        said = [one.value for one in history.told(job) if one.sure]
        over = said[next((at for at, value in enumerate(said) if value), len(said)) :]
        if len(over) > 1:
            told = f"the fence of {job.source} said {over[0]}, and then {over[-1]}"
            yield expect(job.source, len(set(over)) == 1, told)


def _ends(history: History) -> Iterator[Seen]:
    late = {
        poll.about
        for poll in polls(history.program, "sync_file")
        if poll.events & IN and not poll.told and poll.waited >= LONG
    }
    for job in history.jobs:
        if job.fence:
            told = f"the fence of {job.source} has not signaled in time"
            yield expect(job.source, job.fence not in late, told)


def _errors(history: History) -> Iterator[Seen]:
    for job in history.jobs:
        result = history.result(job)
        if job.taken is None or result is None:
            continue
        good = "with an error" if job.failed else "as a good one"
        told = f"{job.taken} came back {good}, and the status of its fence is {result}"
        yield expect(job.taken, (result < 0) == job.failed, told)


def _cancelled(history: History) -> Iterator[Seen]:
    """Two jobs behind one that was not over when they were taken back have not begun."""
    cut: dict[int, list[Job]] = {}
    for job in history.jobs:
        if job.cut:
            cut.setdefault(job.cut.call.begin, []).append(job)
    for jobs in cut.values():
        waiting = [at for at, job in enumerate(jobs) if _pends(history, job)]
        for job in jobs[waiting[0] + 2 :] if waiting else ():
            result = history.result(job)
            if result is not None:
                told = f"{job.cut} took back a job that had not begun, whose fence says {result}"
                yield expect(job.source, result < 0, told)


def _pends(history: History, job: Job) -> bool:
    """Whether its fence was pending by the last that was told before it was taken back."""
    assert job.cut
    before = [one for one in history.told(job) if one.end < job.cut.call.begin]
    return bool(before) and not before[-1].value


def _completed(history: History) -> Iterator[Seen]:
    """Whoever polls a request whose OUTPUT buffer was taken back is told."""
    for job in history.jobs:
        if not job.cut or not (job.cut.output or job.cut.name == "close"):
            continue
        since = job.cut.call.end
        for step in _of_request(history, job.source):
            if step.name in (*QUEUEING, REINIT):
                break
            if step.name == "poll" and step.call.begin > since:
                told = f"{job.cut} took the buffer of a request back, which is not complete"
                yield expect(step, bool(step.call.after[6] & PRI), told)


def _numbers(history: History) -> Iterator[Seen]:
    """Fences of one context, in the order of the requests."""
    last: dict[bytes, int] = {}
    for ask in history.asks:
        named = next((_NAME.match(s.call.after[:32]) for s in _infos(history, ask.step)), None)
        if not named:
            continue
        context, number = named[1] + named[2], int(named[3])
        before = last.get(context)
        told = f"the fence of {ask.step} has number {number}, that before it {before}"
        yield expect(ask.step, before is None or before < number, told)
        last[context] = number


ROWS = (
    Row(
        "no-fence-given",
        ("E29",),
        f"{FENCED} that succeeds gives a sync_file of one fence.",
        "review of 2026: an ioctl that attaches out-fences to a request",
        _one_fence,
    ),
    Row(
        "fence-refused",
        ("E29",),
        "Whoever queues a request that completes a job gets its fence.",
        "review of 2026: when bitstream, parameters and request are queued",
        _committed,
    ),
    Row(
        "pending-after-request",
        ("E29",),
        "When the request is complete, its fence has signaled.",
        "this series; drivers/media/v4l2-core/v4l2-mem2mem.c, v4l2_m2m_buf_done_and_job_finish()",
        _after_request,
    ),
    Row(
        "pending-after-dequeue",
        ("E29",),
        "With VIDIOC_DQBUF of the CAPTURE buffer the fence of its job is signaled.",
        "contract.md, C7",
        _after_dequeue,
    ),
    Row(
        "wrong-status",
        ("E29",),
        "The status of a fence is an error if and only if its buffer comes back with "
        "V4L2_BUF_FLAG_ERROR.",
        "review of 2018; dma_fence_set_error()",
        _errors,
    ),
    Row(
        "starved-fence",
        ("E30",),
        "A request that completes no job has no fence: EBUSY.",
        "review of 2026; driver-api/dma-buf.rst, Indefinite DMA Fences",
        _starved,
    ),
    Row(
        "refused-but-queued",
        ("E30", "E31"),
        "A request that was refused its fence is not queued.",
        "userspace-api/media/mediactl/media-request-ioc-queue.rst: on error the request is "
        "unchanged",
        _unchanged,
    ),
    Row(
        "wrong-answer",
        ("E31",),
        "A request without a buffer is refused with ENOENT, with several or with an argument that "
        "has no meaning with EINVAL, one that was queued with EBUSY.",
        "userspace-api/media/mediactl/media-request-ioc-queue.rst; this series",
        _answers,
    ),
    Row(
        "fence-changed",
        ("E31", "E32"),
        "What a fence has once said when it signaled it says for ever, whatever is done with the "
        "request.",
        "dma_fence_signal()",
        _settled,
    ),
    Row(
        "pending-after-reinit",
        ("E32",),
        "A request whose fence is pending is not made anew.",
        "userspace-api/media/mediactl/media-request-ioc-reinit.rst, EBUSY",
        _after_reinit,
    ),
    Row(
        "wrong-number",
        ("E32",),
        "Each time that a request is queued it has another fence; those of one context have "
        "growing numbers.",
        "dma_fence_is_later(), on which merging relies",
        _numbers,
    ),
    Row(
        "fence-lost",
        ("E29", "E33"),
        "A fence that was given signals in finite time, whoever keeps the request.",
        "driver-api/dma-buf.rst, DMA Fence Cross-Driver Contract",
        _ends,
    ),
    Row(
        "pending-after-stop",
        ("E34",),
        "When VIDIOC_STREAMOFF of either queue returns, or the file is closed, no fence of its "
        "jobs is pending.",
        "review of 2018",
        _after_stop,
    ),
    Row(
        "cancelled-as-success",
        ("E34",),
        "The fence of a request that was taken back before it could begin does not say success.",
        "dma_fence_set_error()",
        _cancelled,
    ),
    Row(
        "request-left",
        ("E34",),
        "A request whose OUTPUT buffer was taken back is complete.",
        "include/media/videobuf2-core.h, buf_request_complete",
        _completed,
    ),
)
