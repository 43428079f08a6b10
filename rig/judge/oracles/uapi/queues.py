# SPDX-License-Identifier: GPL-2.0-only
"""The state of a queue of buffers, as far as the calls that succeeded tell."""

from collections.abc import Mapping
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
    buffers: Mapping[int, BufferState] | None = field(default_factory=dict)
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
