# SPDX-License-Identifier: GPL-2.0-only
"""What state the queues of each open file are in as a call begins, by what the calls before did.

Whether a call should have succeeded is the affair of the rules; here it is believed.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from errno import EBUSY
from functools import partial
from typing import Final

from rig.evidence.descriptors import Thing
from rig.judge.oracles.uapi.effects import ALL_MEMORIES, OF_A_BUFFER, after, buffer_index
from rig.judge.oracles.uapi.meetings import CHANGING, meetings
from rig.judge.oracles.uapi.possible import Possible
from rig.judge.oracles.uapi.program import QUEUEING, Step, requested
from rig.judge.oracles.uapi.queues import BufferState, QueueState

_OF_QUEUES: Final = OF_A_BUFFER | CHANGING

_Queue = tuple[Thing, bool]


class Model:
    """The queues of all files."""

    def __init__(self) -> None:
        self._queues: dict[_Queue, Possible] = {}
        # The buffers in each request that was not queued yet.
        self._requests: dict[Thing, list[tuple[_Queue, int]]] = defaultdict(list)
        # What each queue says that it can have its buffers in: V4L2_BUF_CAP_SUPPORTS_*.
        self._memories: dict[_Queue, int] = {}
        # The file of which each request has had buffers.
        self._owners: dict[Thing, Thing] = {}

    def _queue(self, file: Thing, output: bool) -> Possible:
        queue = file, output
        if queue not in self._queues:
            self._queues[queue] = Possible(partial(self._effect, queue))
        return self._queues[queue]

    def _effect(self, queue: _Queue, state: QueueState, step: Step) -> QueueState:
        return after(state, step, self._memories.get(queue, ALL_MEMORIES))

    def begin(self, step: Step) -> Step:
        """The step with what it meets; a request meets the queues of the file of its buffers.

        From now on another thread may see what it does.
        """
        if step.about is None:
            return step
        file = self._owners.get(step.about, step.about)
        if file.kind == "video":
            own, other = self._queue(file, step.output), self._queue(file, not step.output)
            states = () if step.contended else own.states
            step = replace(step, state=own.surely, other=other.surely, states=states)
        if (queue := self._queue_of(step)) and step.call.returned and not step.lost:
            queue.begin(step)
        if step.name in QUEUEING and step.about:
            self._move(step.about, "in-request", "unknown")
        return step

    def _queue_of(self, step: Step) -> Possible | None:
        """That of a call about one."""
        if step.queue is None or step.about is None or step.about.kind != "video":
            return None
        if step.name not in _OF_QUEUES:
            return None
        return self._queue(step.about, step.output)

    def _move(self, request: Thing, before: BufferState, then: BufferState) -> None:
        """The buffers in a request, as far as they are in one state, are in another."""
        for queue, index in self._requests.get(request, []):
            self._queue(*queue).change(partial(_moved, index, before, then))

    def end(self, step: Step) -> Step:
        """Learn what a step did; the step with what it may have met."""
        if step.about is None:
            return step
        if step.about.kind == "request":
            self._request(step, step.about)
        if not (queue := self._queue_of(step)):
            return step
        file = step.about
        if step.done and (buffers := requested(step)):
            self._memories[file, step.output] = buffers[1].capabilities
        if step.lost:
            queue.blur(step)
        else:
            met = queue.end(step)
            step = replace(step, states=met) if step.contended else step
        if step.request and step.done and step.given:
            self._owners[step.request] = file
            self._requests[step.request].append(((file, step.output), step.given.index))
        return step

    def _request(self, step: Step, request: Thing) -> None:
        if step.contended:
            # The other call may have come first, and may have taken the buffers back.
            self._move(request, "in-request", "unknown")
            return
        # What is not unknown any more was dequeued meanwhile; EBUSY: somebody else queues it.
        if step.name in QUEUEING and step.error != EBUSY:
            self._move(request, "unknown", "queued" if step.done else "in-request")
        then = _REQUESTED.get(step.name) if step.done else None
        if then is not None:
            self._move(request, "in-request", then)
            self._requests.pop(request, None)


def _moved(index: int, before: BufferState, then: BufferState, state: QueueState) -> QueueState:
    return state.with_buffer(index, then) if state.of(index) == before else state


# What becomes of a buffer in a request that has not been queued yet.
_REQUESTED: Mapping[str, BufferState] = {
    **dict.fromkeys(QUEUEING, "queued"),
    "MEDIA_REQUEST_IOC_REINIT": "dequeued",
    "close": "unknown",
}


def with_states(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Each step with the states of the queues that it met."""
    model = Model()
    found: dict[int, Step] = {}
    met = meetings(steps)
    for number, step in _events(steps):
        begin = step.call.begin
        if number == begin:
            how = replace(step, contended=begin in met.contended, lost=begin in met.lost)
            found[begin] = model.begin(how)
        else:
            found[begin] = model.end(found[begin])
    return tuple(found[step.call.begin] for step in steps)


def is_unsure(step: Step) -> bool | None:
    """Whether nobody knows what a call on a buffer or a queue met; None: it is no such call."""
    if step.state is None or step.name not in (*_OF_QUEUES, "poll", "select"):
        return None
    return not step.states or any(_is_vague(state, step) for state in step.states)


def _is_vague(state: QueueState, step: Step) -> bool:
    if state.buffers is None or state.streaming is None:
        return True
    return state.of(index) == "unknown" if (index := buffer_index(step)) is not None else False


def _events(steps: Sequence[Step]) -> Iterator[tuple[int, Step]]:
    begins = [(step.call.begin, step) for step in steps]
    ends = [(step.call.end, step) for step in steps if step.call.returned]
    yield from sorted((*begins, *ends), key=lambda event: event[0])
