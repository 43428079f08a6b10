# SPDX-License-Identifier: GPL-2.0-only
"""poll() of dma-bufs, which asks for the fences that were put there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from struct import unpack_from

from rig.evidence.descriptors import Thing
from rig.judge.oracles.uapi.polls import IN, OUT, polls
from rig.judge.oracles.uapi.program import Program
from rig.judge.oracles.uapi.rule import Rule, Seen, expect

# DMA_BUF_SYNC_WRITE.
_WRITE = 2

_STATUS = slice(32, 36)


def _early(program: Program) -> Iterator[Seen]:
    """Only of fences that said of themselves, at any time, that they had not signaled."""
    pending = dict(_pending(program))
    put = _put(program, pending)
    for poll in polls(program, "dma-buf"):
        asked = poll.told & (IN | OUT)
        known = [one for one in put.get(poll.about, ()) if one.since < poll.step.call.begin]
        known = [one for one in known if one.writes or asked & OUT]
        if not asked or not known:
            continue
        late = [one for one in known if pending[one.fence] > poll.step.call.end]
        which = late[0].fence if late else None
        told = f"{poll.step} said {poll.told:#x}, and {which}, which was put there, is pending"
        yield expect(poll.step, not late, told)


def _pending(program: Program) -> Iterator[tuple[Thing, int]]:
    """Each fence, and the call in which it last said that it has not signaled."""
    for thing, steps in program.by_file.items():
        for step in steps if thing.kind == "sync_file" else ():
            if (
                step.name == "SYNC_IOC_FILE_INFO"
                and step.done
                and not any(step.call.after[_STATUS])
            ):
                yield thing, step.call.begin


@dataclass(frozen=True, slots=True)
class _Put:
    """A fence that was put on a dma-buf, by the end of which call, and whether for writing."""

    fence: Thing
    since: int
    writes: bool


def _put(program: Program, pending: Mapping[Thing, int]) -> dict[Thing, list[_Put]]:
    found: dict[Thing, list[_Put]] = {}
    for step in program.steps:
        if step.name != "DMA_BUF_IOCTL_IMPORT_SYNC_FILE" or not step.done:
            continue
        if step.about and step.named and step.named in pending:
            [flags] = unpack_from("<I", step.call.before)
            one = _Put(step.named, step.call.end, bool(flags & _WRITE))
            found.setdefault(step.about, []).append(one)
    return found


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
