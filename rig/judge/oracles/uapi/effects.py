# SPDX-License-Identifier: GPL-2.0-only
"""What a call did to the state of its queue, by what it returned.

Whether it should have succeeded is the affair of the rules; here it is believed.
"""

from collections.abc import Mapping
from dataclasses import replace
from errno import EBUSY, EINVAL, ENOTTY
from struct import unpack_from
from typing import Final

from rig.evidence.structures import Flag, Memory
from rig.judge.oracles.uapi.program import Step, requested
from rig.judge.oracles.uapi.queues import LOST, BufferState, QueueState

# Of one buffer: two of them meet only if it is the same one.
OF_A_BUFFER: Final = frozenset(
    ("VIDIOC_QBUF", "VIDIOC_DQBUF", "VIDIOC_QUERYBUF", "VIDIOC_PREPARE_BUF", "VIDIOC_EXPBUF")
)

_OF_ALL_BUFFERS: Final = frozenset(("VIDIOC_REQBUFS", "VIDIOC_CREATE_BUFS", "VIDIOC_REMOVE_BUFS"))

# V4L2_BUF_CAP_SUPPORTS_*, by what the memory is called.
_MEMORIES: Final[Mapping[int, int]] = {Memory.MMAP: 0x1, Memory.USERPTR: 0x2, Memory.DMABUF: 0x4}
ALL_MEMORIES: Final = 0x7

# More buffers than any queue has; a bound on what junk can make of it.
_MOST: Final = 1024


def buffer_index(step: Step) -> int | None:
    """The buffer that a call is about; of VIDIOC_DQBUF that is the driver's choice."""
    buffer = step.got if step.name == "VIDIOC_DQBUF" else step.given
    return buffer.index if buffer else None


def after(state: QueueState, step: Step, memories: int = ALL_MEMORIES) -> QueueState:
    """The state that a call left.

    Args:
        memories: what the queue says that it can have its buffers in.
    """
    if buffers := requested(step):
        # It was refused before anything was done.
        refused = step.error == EINVAL and not memories & _MEMORIES.get(buffers[0].memory, 0)
        return state if refused else _allocated(state, step)
    if not step.done:
        return state
    if step.name == "VIDIOC_STREAMON":
        return replace(state, streaming=True)
    if step.name == "VIDIOC_STREAMOFF":
        return replace(state.with_all("dequeued"), streaming=False)
    if step.name == "VIDIOC_QBUF" and step.given:
        held = step.given.flags & Flag.REQUEST_FD
        return state.with_buffer(step.given.index, "in-request" if held else "queued")
    if step.name == "VIDIOC_PREPARE_BUF" and step.given:
        return state.with_buffer(step.given.index, "prepared")
    if step.name == "VIDIOC_DQBUF" and step.got:
        return state.with_buffer(step.got.index, "dequeued")
    return _removed(state, step) if step.name == "VIDIOC_REMOVE_BUFS" else state


def fits(state: QueueState, step: Step) -> bool:
    """Whether a call can have returned in this state what it did, as far as that tells."""
    if not step.done or step.given is None:
        return True
    own = state.of(step.given.index)
    if step.name in ("VIDIOC_QBUF", "VIDIOC_PREPARE_BUF"):
        return own in ("dequeued", "prepared", "unknown")
    if step.got is None:
        return True
    if step.name == "VIDIOC_DQBUF":
        queued = state.of(step.got.index) in ("queued", "unknown")
        return queued and state.streaming is not False
    if step.name == "VIDIOC_QUERYBUF":
        held = bool(step.got.flags & (Flag.QUEUED | Flag.DONE))
        return own == "unknown" or (own is not None and held == (own == "queued"))
    return True


def blurred(state: QueueState, step: Step) -> QueueState:
    """What is still certain if another call may have come before this one or after it."""
    if not step.done or step.name in ("VIDIOC_QUERYBUF", "VIDIOC_EXPBUF"):
        return state
    if step.name in OF_A_BUFFER:
        index = buffer_index(step)
        return state if index is None else state.with_buffer(index, "unknown")
    if step.name in ("VIDIOC_STREAMON", "VIDIOC_STREAMOFF"):
        return replace(state.with_all("unknown"), streaming=None)
    return LOST if step.name in _OF_ALL_BUFFERS else state


def _allocated(state: QueueState, step: Step) -> QueueState:
    """Buffers as REQBUFS or CREATE_BUFS left them."""
    buffers = requested(step)
    if buffers is None or step.error in (EBUSY, ENOTTY):
        return state
    given, got = buffers
    if step.name == "VIDIOC_CREATE_BUFS":
        if step.error == EINVAL or (step.done and not given.count):
            return state
        if not step.done or state.buffers is None or got.count > _MOST:
            return LOST
        new: dict[int, BufferState] = dict.fromkeys(
            range(got.index, got.index + got.count), "dequeued"
        )
        return replace(state, memory=given.memory, buffers={**state.buffers, **new})
    if not step.done and state.buffers == {}:
        return state
    if not step.done or got.count > _MOST:
        return LOST
    if not given.count:
        return QueueState(0)
    return QueueState(given.memory, dict.fromkeys(range(got.count), "dequeued"))


def _removed(state: QueueState, step: Step) -> QueueState:
    """Without the buffers that REMOVE_BUFS took; the queue knows holes then."""
    if state.buffers is None:
        return state
    first, count = unpack_from("<II", step.call.before)
    gone = range(first, first + min(count, _MOST))
    left = {index: each for index, each in state.buffers.items() if index not in gone}
    return replace(state, buffers=left)
