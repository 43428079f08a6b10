# SPDX-License-Identifier: GPL-2.0-only
"""What VIDIOC_QBUF answers to whoever asks for a fence, or brings one."""

from collections.abc import Iterator
from errno import EBUSY, EINVAL
from struct import unpack_from

from rig.evidence.structures import Flag
from rig.judge.oracles.explicit.history import History, wants_fences
from rig.judge.oracles.explicit.row import Row
from rig.judge.oracles.uapi.program import Step, requested
from rig.judge.oracles.uapi.rule import Seen, expect

_CAPABILITY = 1 << 9
_COUNT_AT = 40


def _one_fence(history: History) -> Iterator[Seen]:
    for ask in history.asks:
        made = ask.step.made
        if not ask.step.done:
            continue
        told = f"{ask.step} was done, and gave no sync_file of one fence"
        infos = [
            unpack_from("<I", step.call.after, _COUNT_AT)[0]
            for step in (history.program.by_file.get(made, ()) if made else ())
            if step.name == "SYNC_IOC_FILE_INFO" and step.done
        ]
        yield expect(ask.step, made is not None and all(count == 1 for count in infos), told)


def _starved(history: History) -> Iterator[Seen]:
    for ask in history.asks:
        if ask.complete is not False:
            continue
        pending = [
            status
            for status in (history.statuses.get(ask.step.made, []) if ask.step.made else [])
            if not status.value
        ]
        told = f"{ask.step} gave a fence that is pending, and its buffer is in no complete job"
        yield expect(ask.step, not pending, told)


def _committed(history: History) -> Iterator[Seen]:
    for ask in history.asks:
        if ask.complete:
            told = f"{ask.step} completes a job, and was answered {ask.step.answer}"
            yield expect(ask.step, ask.step.error != EBUSY, told)


def _plain(history: History) -> Iterator[Seen]:
    """What is in the field where no flag says that it means something."""
    names = ("VIDIOC_QBUF", "VIDIOC_DQBUF", "VIDIOC_QUERYBUF", "VIDIOC_PREPARE_BUF")
    for step in history.program.ioctls(*names):
        if not step.done or not step.got or wants_fences(step):
            continue
        if step.got.flags & Flag.IN_FENCE:
            told = f"{step} left {step.got.fence_fd} in the field for fences, not -1"
            yield expect(step, step.got.fence_fd == -1, told)
        else:
            told = f"{step} left {step.got.fence_fd} in the field for fences"
            yield expect(step, step.got.fence_fd == 0, told)


def _reported(history: History) -> Iterator[Seen]:
    """Flags of fences in what is told of buffers."""
    for step in history.program.ioctls("VIDIOC_QUERYBUF", "VIDIOC_DQBUF", "VIDIOC_PREPARE_BUF"):
        if step.done and step.got and not wants_fences(step):
            told = f"{step} says V4L2_BUF_FLAG_OUT_FENCE"
            yield expect(step, not step.got.flags & Flag.OUT_FENCE, told)


def _prepared(history: History) -> Iterator[Seen]:
    for step in history.program.ioctls("VIDIOC_PREPARE_BUF"):
        if wants_fences(step):
            yield expect(step, step.error == EINVAL, f"{step} was answered {step.answer}")


def _no_fence(history: History) -> Iterator[Seen]:
    """What is brought along is no sync_file."""
    for step in history.program.ioctls("VIDIOC_QBUF"):
        brought = step.given and step.given.flags & Flag.IN_FENCE
        if brought and (step.fence is None or step.fence.kind != "sync_file"):
            what = step.fence or f"descriptor {step.given.fence_fd if step.given else 0}"
            told = f"{step} was to wait for {what}, and was answered {step.answer}"
            yield expect(step, step.error == EINVAL, told)


def _unable(history: History) -> Iterator[Seen]:
    """Queues that do not say that they know fences."""
    for steps in history.program.by_file.values():
        able: dict[int, bool] = {}
        for step in steps:
            if requested(step) and step.done and step.queue is not None:
                able[step.queue] = bool(_capabilities(step) & _CAPABILITY)
            elif _asks(step) and able.get(step.queue or 0) is False:
                yield expect(step, not step.done, f"{step} was done, without the capability")


def _asks(step: Step) -> bool:
    return step.name == "VIDIOC_QBUF" and wants_fences(step) and step.call.returned


def _capabilities(step: Step) -> int:
    at = 12 if step.name == "VIDIOC_REQBUFS" else 220
    return int(unpack_from("<I", step.call.after, at)[0])


def _in_request(history: History) -> Iterator[Seen]:
    for step in history.program.ioctls("VIDIOC_QBUF"):
        if wants_fences(step) and step.given and step.given.flags & Flag.REQUEST_FD:
            yield expect(step, step.error == EINVAL, f"{step} was answered {step.answer}")


ROWS = (
    Row(
        "no-fence-given",
        ("E1",),
        "VIDIOC_QBUF that is asked for a fence and succeeds gives a sync_file of one fence.",
        "review of 2018; uniform from v6 on",
        _one_fence,
    ),
    Row(
        "starved-fence",
        ("E2",),
        "There is no pending fence of a job that is not complete: nothing promises that it ends.",
        "review of 2026; driver-api/dma-buf.rst, Indefinite DMA Fences",
        _starved,
    ),
    Row(
        "fence-refused",
        ("E1", "E14"),
        "Whoever queues the buffer that completes a job gets its fence, also while in-fences are "
        "pending.",
        "review of 2017: the fence is wanted while the in-fence is pending",
        _committed,
    ),
    Row(
        "unable-but-done",
        ("E3",),
        "A queue without the capability refuses the flags: none is dropped in silence.",
        "review of 2018",
        _unable,
    ),
    Row(
        "field-not-zero",
        ("E4", "E26"),
        "Without a flag the field for fences is ignored, and comes back as 0; as -1 with the flag "
        "that says that the buffer waits.",
        "this series; 0 is what it was before",
        _plain,
    ),
    Row(
        "no-fence-accepted",
        ("E5",),
        "What is to be waited for is a sync_file, or else VIDIOC_QBUF says EINVAL.",
        "review of 2018",
        _no_fence,
    ),
    Row(
        "fence-reported",
        ("E26",),
        "A fence is given by VIDIOC_QBUF and by nothing else.",
        "review of 2018: in other processes its number means nothing",
        _reported,
    ),
    Row(
        "prepared-with-fence",
        ("E26",),
        "VIDIOC_PREPARE_BUF refuses the flags.",
        "this series",
        _prepared,
    ),
    Row(
        "request-with-fence",
        ("E35",),
        "A buffer that goes into a request has no fences of its own.",
        "this series",
        _in_request,
    ),
)
