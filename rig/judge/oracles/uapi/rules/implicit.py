# SPDX-License-Identifier: GPL-2.0-only
"""poll() of dma-bufs, which asks for the fences that were put there."""

from collections.abc import Iterator
from struct import unpack_from

from rig.evidence.descriptors import Thing
from rig.judge.oracles.uapi.polls import IN, OUT, Poll, polls
from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.rule import Rule, Seen, expect

# DMA_BUF_SYNC_WRITE.
_WRITE = 2

_STATUS = slice(32, 36)


def _early(program: Program) -> Iterator[Seen]:
    put = list(_put(program))
    for poll in polls(program, "dma-buf"):
        for step, fence, writes in put:
            if step.about != poll.about or step.call.end > poll.step.call.begin:
                continue
            if poll.told & OUT or (poll.told & IN and writes):
                yield from _over(program, poll, fence)


def _put(program: Program) -> Iterator[tuple[Step, Thing, bool]]:
    """Each fence that was put on a dma-buf, and whether for writing."""
    for at, step in enumerate(program.steps):
        if step.name != "DMA_BUF_IOCTL_IMPORT_SYNC_FILE" or not step.done:
            continue
        flags, fd = unpack_from("<Ii", step.call.before)
        later = (one for one in program.steps[at + 1 :] if one.call.fd == fd and one.about)
        fence = next(later, None)
        if fence and fence.about and fence.about.kind == "sync_file":
            yield step, fence.about, bool(flags & _WRITE)


def _over(program: Program, poll: Poll, fence: Thing) -> Iterator[Seen]:
    asked = [step for step in program.by_file[fence] if step.name == "SYNC_IOC_FILE_INFO"]
    later = [step for step in asked if step.done and step.call.begin > poll.step.call.end]
    for step in later[:1]:
        pending = not any(step.call.after[_STATUS])
        told = f"{poll.step} said {poll.told:#x}, and {fence}, which was put there, is pending"
        yield expect(poll.step, not pending, told)


RULES = (
    Rule(
        "dmabuf-poll-early",
        "documented",
        "poll() of a dma-buf waits for who writes it, and for writing for all who use it.",
        "driver-api/dma-buf.rst, Implicit Fence Poll Support: EPOLLIN asks for write fences, "
        "EPOLLOUT for all",
        _early,
    ),
)
