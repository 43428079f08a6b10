# SPDX-License-Identifier: GPL-2.0-only
"""Sync_files, whoever signals them."""

from collections.abc import Iterator
from struct import unpack_from

from rig.evidence.descriptors import Thing
from rig.judge.oracles.uapi.polls import ERR, IN, LONG, Poll, next_of_thread, polls
from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.rule import Rule, Seen, expect

_STATUS_AT = 32
_COUNT_AT = 40


def _answered(program: Program) -> Iterator[tuple[Poll, int]]:
    """Polls of sync_files, each with the status that the same thread was told right after it."""
    for poll in polls(program, "sync_file"):
        after = next_of_thread(program, poll.step)
        status = _status(after) if after else None
        if status is not None:
            yield poll, status


def _status(step: Step) -> int | None:
    if step.name != "SYNC_IOC_FILE_INFO" or not step.done:
        return None
    return int.from_bytes(step.call.after[_STATUS_AT : _STATUS_AT + 4], "little", signed=True)


def _early(program: Program) -> Iterator[Seen]:
    for poll, status in _answered(program):
        if poll.told & IN and not poll.told & ERR:
            told = f"{poll.step} said that it has signaled, then its status was {status}"
            yield expect(poll.step, status != 0, told)


def _lost(program: Program) -> Iterator[Seen]:
    for poll, status in _answered(program):
        if poll.events & IN and not poll.told and poll.waited >= LONG:
            told = f"{poll.step} said nothing for {poll.waited} ns, then its status was {status}"
            yield expect(poll.step, status == 0, told)


def _stays(program: Program) -> Iterator[Seen]:
    for thing, steps in program.by_file.items():
        over = 0
        for step in steps if thing.kind == "sync_file" else ():
            status = _status(step)
            if status is None:
                continue
            if 0 < over < step.call.begin:
                told = f"{step}: the status is {status}, and had been another than 0"
                yield expect(step, status != 0, told)
            if status and not over:
                over = step.call.end


def _constant(program: Program) -> Iterator[Seen]:
    """A sync_file has the fences that it was made of, whatever is queued later."""
    for thing, steps in program.by_file.items():
        infos = [step for step in steps if _status(step) is not None]
        counts = [unpack_from("<I", step.call.after, _COUNT_AT)[0] for step in infos]
        for step, count in zip(infos[1:], counts[1:], strict=True):
            told = f"{step}: {thing} has {count} fences, and had {counts[0]}"
            yield expect(step, count == counts[0], told)


def _stands(program: Program) -> Iterator[Seen]:
    """A fence that was put on a dma-buf for writing is among those that are exported from it."""
    put: dict[Thing, list[tuple[int, Thing]]] = {}
    for step in program.steps:
        if step.about is None or step.about.kind != "dma-buf" or not step.done:
            continue
        if step.name == "DMA_BUF_IOCTL_IMPORT_SYNC_FILE":
            flags, fd = unpack_from("<Ii", step.call.before)
            fence = _named(program, step, fd)
            if fence and flags & _WRITE:
                put.setdefault(step.about, []).append((step.call.end, fence))
        elif step.name == "DMA_BUF_IOCTL_EXPORT_SYNC_FILE":
            flags, fd = unpack_from("<Ii", step.call.after)
            whole = _named(program, step, fd)
            for end, fence in put.get(step.about, []) if whole and flags & _WRITE else []:
                assert whole
                # At the same time either may have come first.
                if end < step.call.begin:
                    yield from _waits(program, whole, fence)


def _waits(program: Program, whole: Thing, fence: Thing) -> Iterator[Seen]:
    over = [step for step in program.by_file.get(whole, ()) if _status(step)]
    pending = [step for step in program.by_file.get(fence, ()) if _status(step) == 0]
    for step in over[:1]:
        late = [other for other in pending if other.call.begin > step.call.end]
        told = f"{step} has signaled, and {fence}, which had been put there before, has not"
        yield expect(step, not late, told)


def _named(program: Program, step: Step, fd: int) -> Thing | None:
    """What a descriptor in the arguments stands for, by the next call about it."""
    after = (one for one in program.by_descriptor.get(fd, ()) if one.call.begin > step.call.begin)
    about = next((later.about for later in after), None)
    return about if about and about.kind == "sync_file" else None


_WRITE = 2

_SOURCE = "driver-api/sync_file.rst and include/uapi/linux/sync_file.h"

RULES = (
    Rule(
        "sync-file-early",
        "documented",
        "A sync_file that poll() calls ready has signaled.",
        f"{_SOURCE}, struct sync_file_info, status",
        _early,
    ),
    Rule(
        "sync-file-lost",
        "documented",
        "poll() does not sleep on a sync_file that has signaled.",
        f"{_SOURCE}, struct sync_file_info, status",
        _lost,
    ),
    Rule(
        "fence-stays-signaled",
        "documented",
        "A sync_file that has signaled stays so, however it is asked.",
        "driver-api/dma-buf.rst, DMA Fences: a fence is signaled once; "
        "include/uapi/linux/sync_file.h, struct sync_file_info, status",
        _stays,
    ),
    Rule(
        "sync-file-constant",
        "documented",
        "A sync_file does not grow when later work is queued: it has the fences that were there "
        "when it was made.",
        "include/uapi/linux/dma-buf.h, DMA_BUF_IOCTL_EXPORT_SYNC_FILE: the current set of fences",
        _constant,
    ),
    Rule(
        "put-fence-stands",
        "documented",
        "What is exported from a dma-buf waits for every fence that was put there for writing.",
        "include/uapi/linux/dma-buf.h, DMA_BUF_IOCTL_EXPORT_SYNC_FILE: all fences that are to be "
        "waited for",
        _stands,
    ),
)
