# SPDX-License-Identifier: GPL-2.0-only
"""The state of a queue of buffers, as far as the calls that succeeded tell."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

# `queued`: from VIDIOC_QBUF, or the queueing of its request, until it is dequeued; whether it is
# done already is the driver's affair.  `unknown`: several things may have happened.
BufferState = Literal["dequeued", "prepared", "in-request", "queued", "unknown"]


@dataclass(frozen=True, slots=True)
class QueueState:
    """One queue.

    Attributes:
        memory: that of its buffers; 0 if none was asked for yet, or it is not known.
        buffers: the states of those that there are; None if it is not known which there are.
        streaming: None if it is not known.
    """

    memory: int = 0
    buffers: Mapping[int, BufferState] | None = field(default_factory=dict, hash=False)
    streaming: bool | None = False

    def of(self, index: int) -> BufferState | None:
        """The state of a buffer; None if there is none of this index."""
        return "unknown" if self.buffers is None else self.buffers.get(index)

    def count(self, *states: BufferState) -> int:
        """How many buffers certainly are in one of these states."""
        return sum(state in states for state in (self.buffers or {}).values())

    def with_buffer(self, index: int, state: BufferState) -> "QueueState":
        """The same, with one buffer in another state."""
        if self.buffers is None or index not in self.buffers:
            return self
        return replace(self, buffers={**self.buffers, index: state})

    def with_all(self, state: BufferState) -> "QueueState":
        """The same, with all buffers in another state."""
        return replace(self, buffers=self.buffers and dict.fromkeys(self.buffers, state))


NEW = QueueState()
LOST = QueueState(0, None, None)


def joined(states: Collection[QueueState]) -> QueueState:
    """What holds in each of several states, of which there is one at least."""
    first, *others = states
    if not others:
        return first
    memories, streams = ({one.memory for one in states}, {one.streaming for one in states})
    return QueueState(
        first.memory if len(memories) == 1 else 0,
        _agreed([one.buffers for one in states]),
        first.streaming if len(streams) == 1 else None,
    )


def _agreed(all_buffers: list[Mapping[int, BufferState] | None]) -> dict[int, BufferState] | None:
    known = [buffers for buffers in all_buffers if buffers is not None]
    first = known[0] if known else {}
    if len(known) != len(all_buffers) or any(one.keys() != first.keys() for one in known):
        return None
    return {
        index: state if all(one[index] == state for one in known) else "unknown"
        for index, state in first.items()
    }
