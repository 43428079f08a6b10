# SPDX-License-Identifier: GPL-2.0-only
"""What state the queues of each open file are in as a call begins, by what the calls before did.

Whether a call should have succeeded is the affair of the rules; here it is believed.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from errno import EBUSY, EINVAL, ENOTTY
from struct import unpack_from

from rig.evidence.descriptors import Thing
from rig.evidence.structures import Flag, Memory, is_output
from rig.judge.oracles.uapi.program import QUEUEING, Step, requested
from rig.judge.oracles.uapi.queues import LOST, NEW, BufferState, QueueState

# Of one buffer: two of them meet only if it is the same one.
_OF_A_BUFFER = frozenset(
    ("VIDIOC_QBUF", "VIDIOC_DQBUF", "VIDIOC_QUERYBUF", "VIDIOC_PREPARE_BUF", "VIDIOC_EXPBUF")
)
_CHANGING = _OF_A_BUFFER - {"VIDIOC_QUERYBUF", "VIDIOC_EXPBUF"} | {
    *("VIDIOC_REQBUFS", "VIDIOC_CREATE_BUFS", "VIDIOC_REMOVE_BUFS"),
    *("VIDIOC_STREAMON", "VIDIOC_STREAMOFF", "MEDIA_REQUEST_IOC_REINIT", *QUEUEING),
}

# Those of them that have changed nothing if they failed.
_ALL_OR_NOTHING = frozenset(
    ("VIDIOC_QBUF", "VIDIOC_DQBUF", "VIDIOC_PREPARE_BUF", "VIDIOC_STREAMON", "VIDIOC_STREAMOFF")
)

# V4L2_BUF_CAP_SUPPORTS_*, by what the memory is called.
_MEMORIES: Mapping[int, int] = {Memory.MMAP: 0x1, Memory.USERPTR: 0x2, Memory.DMABUF: 0x4}
_ALL_MEMORIES = 0x7

# More buffers than any queue has; a bound on what junk can make of it.
_MOST = 1024

_Queue = tuple[Thing, bool]


class Model:
    """The queues of all files."""

    def __init__(self) -> None:
        self._queues: dict[_Queue, QueueState] = defaultdict(lambda: NEW)
        # The buffers in each request that was not queued yet.
        self._requests: dict[Thing, list[tuple[_Queue, int]]] = defaultdict(list)
        # What each queue says that it can have its buffers in: V4L2_BUF_CAP_SUPPORTS_*.
        self._memories: dict[_Queue, int] = {}
        # The file of which each request has had buffers.
        self._owners: dict[Thing, Thing] = {}

    def before(self, step: Step) -> Step:
        """The step with what it meets; a request meets the queues of the file of its buffers."""
        if step.about is None:
            return step
        file = self._owners.get(step.about, step.about)
        if file.kind != "video":
            return step
        own = self._queues[file, step.output]
        return replace(step, state=own, other=self._queues[file, not step.output])

    def begins(self, step: Step) -> None:
        """From now on another thread may see what it does."""
        if step.name in QUEUEING and step.about:
            self._move(step.about, "in-request", "unknown")

    def _move(self, request: Thing, before: BufferState, after: BufferState) -> None:
        """The buffers in a request, as far as they are in one state, are in another."""
        for queue, index in self._requests.get(request, []):
            if self._queues[queue].of(index) == before:
                self._queues[queue] = self._queues[queue].with_buffer(index, after)

    def after(self, step: Step) -> None:
        """Learn what a step did."""
        if step.about is None:
            return
        if step.about.kind == "request":
            self._request(step, step.about)
        if step.queue is None or step.about.kind != "video":
            return
        queue = step.about, step.output
        learned = self._learned(self._queues[queue], step)
        self._queues[queue] = _blurred(learned, step) if step.contended else learned
        if step.request and step.done and step.given:
            self._owners[step.request] = step.about
            self._requests[step.request].append((queue, step.given.index))

    def _learned(self, state: QueueState, step: Step) -> QueueState:
        if (buffers := requested(step)) and step.about:
            given, got = buffers
            queue = step.about, step.output
            if step.done:
                self._memories[queue] = got.capabilities
            known = self._memories.get(queue, _ALL_MEMORIES)
            # It was refused before anything was done.
            refused = step.error == EINVAL and not known & _MEMORIES.get(given.memory, 0)
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

    def _request(self, step: Step, request: Thing) -> None:
        if step.contended:
            # The other call may have come first, and may have taken the buffers back.
            self._move(request, "in-request", "unknown")
            return
        # What is not unknown any more was dequeued meanwhile; EBUSY: somebody else queues it.
        if step.name in QUEUEING and step.error != EBUSY:
            self._move(request, "unknown", "queued" if step.done else "in-request")
        after = _REQUESTED.get(step.name) if step.done else None
        if after is not None:
            self._move(request, "in-request", after)
            self._requests.pop(request, None)


# What becomes of a buffer in a request that has not been queued yet.
_REQUESTED: Mapping[str, BufferState] = {
    **dict.fromkeys(QUEUEING, "queued"),
    "MEDIA_REQUEST_IOC_REINIT": "dequeued",
    "close": "unknown",
}


def _blurred(state: QueueState, step: Step) -> QueueState:
    """What is still certain if another call may have come before this one or after it."""
    if not step.done or step.name in ("VIDIOC_QUERYBUF", "VIDIOC_EXPBUF"):
        return state
    if step.name in _OF_A_BUFFER:
        index = _index(step)
        return state if index is None else state.with_buffer(index, "unknown")
    if step.name in ("VIDIOC_STREAMON", "VIDIOC_STREAMOFF"):
        return replace(state.with_all("unknown"), streaming=None)
    return LOST if step.name in _CHANGING else state


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


def with_states(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Each step with the states of the queues that it met."""
    model = Model()
    found: dict[int, Step] = {}
    contended = _contended(steps)
    for number, step in _events(steps):
        begin = step.call.begin
        if number == begin:
            found[begin] = replace(model.before(step), contended=begin in contended)
            model.begins(step)
        else:
            model.after(found[begin])
    return tuple(found[step.call.begin] for step in steps)


def is_unsure(step: Step) -> bool | None:
    """Whether nobody knows what a call on a buffer or a queue met; None: it is no such call."""
    if step.state is None or step.name not in (*_OF_A_BUFFER, *_CHANGING, "poll", "select"):
        return None
    state = step.known
    if state is None or state.buffers is None or state.streaming is None:
        return True
    return bool(step.given and state.of(step.given.index) == "unknown")


def _events(steps: Sequence[Step]) -> Iterator[tuple[int, Step]]:
    begins = [(step.call.begin, step) for step in steps]
    ends = [(step.call.end, step) for step in steps if step.call.returned]
    yield from sorted((*begins, *ends), key=lambda event: event[0])


# The buffers that were put into each request at any time: file, OUTPUT or not, index.
_Contents = Mapping[Thing, frozenset[tuple[Thing, bool, int]]]


def _contents(steps: Sequence[Step]) -> _Contents:
    found: dict[Thing, set[tuple[Thing, bool, int]]] = defaultdict(set)
    for step in steps:
        if step.request and step.about and step.given:
            found[step.request].add((step.about, step.output, step.given.index))
    return {request: frozenset(buffers) for request, buffers in found.items()}


def _contended(steps: Sequence[Step]) -> frozenset[int]:
    """Those that another thread's call may have come before or after, by their beginnings."""
    found: set[int] = set()
    open_calls: list[Step] = []
    contents = _contents(steps)
    for step in steps:
        begin = step.call.begin
        open_calls = [one for one in open_calls if not one.call.returned or one.call.end > begin]
        for other in open_calls:
            if _takes(step, other, contents) or _takes(other, step, contents):
                found |= {begin, other.call.begin}
            elif _meet(step, other):
                found |= {begin} if _changes(other) else set()
                found |= {other.call.begin} if _changes(step) else set()
        open_calls.append(step)
    return frozenset(found)


def _takes(asked: Step, other: Step, contents: _Contents) -> bool:
    """Whether a call on a request meets another one on a buffer of it, or on all of its queue."""
    if asked.name not in _REQUESTED or other.name not in _CHANGING:
        return False
    buffers = contents.get(asked.about, frozenset()) if asked.about else frozenset()
    if other.name in _OF_A_BUFFER:
        index = _index(other)
        return any(each == (other.about, other.output, index) for each in buffers)
    return any(file == other.about and output == other.output for file, output, _ in buffers)


def _changes(step: Step) -> bool:
    """Whether a call may have changed what others meet."""
    return step.name in _CHANGING and not (step.error and step.name in _ALL_OR_NOTHING)


def _meet(one: Step, other: Step) -> bool:
    if one.about != other.about:
        return False
    if {"poll", "select"} & {one.name, other.name}:
        # It asks both queues.
        return True
    if one.queue is None or other.queue is None:
        return False
    if is_output(one.queue) != is_output(other.queue):
        return False
    if one.name in _OF_A_BUFFER and other.name in _OF_A_BUFFER:
        return _index(one) == _index(other)
    return True


def _index(step: Step) -> int | None:
    buffer = step.got if step.name == "VIDIOC_DQBUF" else step.given
    return buffer.index if buffer else None
