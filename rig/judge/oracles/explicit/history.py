# SPDX-License-Identifier: GPL-2.0-only
"""The jobs of a program that queues buffers with fences: which buffers were in one, and its fence.

A job takes one buffer of each queue, in the order in which they were queued.  So the buffers of a
job that was taken back are known.  Once one queue alone was stopped, nobody knows which buffers of
the other are done, and nothing is said of jobs until both are empty.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rig.evidence.descriptors import Thing
from rig.evidence.structures import Flag
from rig.judge.oracles.explicit.timelines import FencedProgram, Signal, signals
from rig.judge.oracles.uapi.program import Program, Step

_FENCES = Flag.IN_FENCE | Flag.OUT_FENCE
_QUEUE = "MEDIA_REQUEST_IOC_QUEUE"


@dataclass(frozen=True)
class Ask:
    """A VIDIOC_QBUF that asked for a fence.

    Attributes:
        complete: its buffer makes a job complete, and both queues stream; None: nobody knows.
    """

    step: Step
    complete: bool | None


@dataclass(frozen=True)
class Job:
    """A job.

    Attributes:
        source, destination: the calls that queued its buffers.
        awaited: the in-fences of these, and of the jobs before it that were not over.
        taken: the call that took its CAPTURE buffer back; None if none did.
        cut: the call that stopped a queue of it, or closed the file, before that; None with
            `taken` None: the program ended first.
    """

    source: Step
    destination: Step
    awaited: tuple[Thing, ...]
    taken: Step | None = None
    cut: Step | None = None

    @property
    def fence(self) -> Thing | None:
        """Its out-fence, if somebody has it."""
        return self.destination.made or self.source.made

    @property
    def failed(self) -> bool:
        """Whether its CAPTURE buffer came back with an error."""
        return bool(self.taken and self.taken.got and self.taken.got.flags & Flag.ERROR)


@dataclass
class _File:
    """What is known of one file as its calls go by."""

    sources: deque[Step] = field(default_factory=deque)
    destinations: deque[Step] = field(default_factory=deque)
    bound: dict[Thing, Step] = field(default_factory=dict)
    on: set[bool] = field(default_factory=set)
    clear: bool = True

    def of(self, output: bool) -> deque[Step]:
        return self.sources if output else self.destinations

    def completes(self, step: Step) -> bool | None:
        """Whether a buffer that is queued now makes a job complete."""
        if not self.clear:
            return None
        there = len(self.of(step.output)) < len(self.of(not step.output))
        return len(self.on) == 2 and there

    def stop(self, output: bool) -> None:
        self.of(output).clear()
        if output:
            self.bound.clear()
        self.clear = not self.of(not output)

    def pairs(self) -> Iterator[tuple[Step, Step, tuple[Thing, ...]]]:
        """The jobs that are not over, each with what it waits for."""
        awaited: tuple[Thing, ...] = ()
        for source, destination in zip(self.sources, self.destinations, strict=False):
            fences = (step.fence for step in (source, destination))
            awaited += tuple(fence for fence in fences if fence)
            yield source, destination, awaited


@dataclass(frozen=True)
class History(FencedProgram):
    """One program, as far as explicit fences go."""

    @cached_property
    def signals(self) -> dict[Thing, Signal]:
        """When fences of the program's own signaled."""
        return signals(self.program)

    @cached_property
    def asks(self) -> tuple[Ask, ...]:
        """Every call that asked for a fence."""
        return tuple(each for each in self._followed if isinstance(each, Ask))

    @cached_property
    def jobs(self) -> tuple[Job, ...]:
        """Every job that is known, in the order of their ends."""
        return tuple(each for each in self._followed if isinstance(each, Job))

    @cached_property
    def _followed(self) -> tuple[Ask | Job, ...]:
        files = (with_requests(self.program, steps) for steps in self.program.undisturbed())
        return tuple(each for steps in files for each in _follow(steps))


def wants_fences(step: Step) -> bool:
    """Whether a call says something about fences."""
    return bool(step.given and step.given.flags & _FENCES)


def with_requests(program: Program, steps: Sequence[Step]) -> list[Step]:
    """The calls about a file, and those that queue the requests that its buffers are in."""
    requests = {step.request for step in steps if step.request}
    queued = (
        step
        for request in requests
        for step in program.by_file.get(request, ())
        if step.name == _QUEUE
    )
    return sorted((*steps, *queued), key=lambda step: step.call.begin)


def _follow(steps: Sequence[Step]) -> Iterator[Ask | Job]:
    file = _File()
    for step in steps:
        if not step.call.returned:
            continue
        if step.name == "VIDIOC_QBUF" and step.given:
            yield from _queued(file, step)
        elif step.name == _QUEUE and step.about:
            _committed(file, step, step.about)
        elif step.name == "VIDIOC_DQBUF" and step.done and not step.output:
            yield from _dequeued(file, step)
        elif step.name == "VIDIOC_STREAMON" and step.done:
            file.on.add(step.output)
        elif step.name in ("VIDIOC_STREAMOFF", "VIDIOC_REQBUFS", "close") and step.done:
            yield from _stopped(file, step)
    if file.clear:
        # The program ended first, maybe because they did not.
        yield from (Job(*each) for each in file.pairs())


def _queued(file: _File, step: Step) -> Iterator[Ask]:
    assert step.given
    if step.given.flags & Flag.OUT_FENCE:
        yield Ask(step, file.completes(step))
    if not step.done:
        return
    if not step.given.flags & Flag.REQUEST_FD:
        file.of(step.output).append(step)
    elif step.request and step.output:
        file.bound[step.request] = step
    else:
        file.clear = False


def _committed(file: _File, step: Step, request: Thing) -> None:
    """What is in a request is queued with it."""
    source = file.bound.pop(request, None)
    if source and step.done:
        file.sources.append(source)


def _dequeued(file: _File, step: Step) -> Iterator[Job]:
    if file.clear and file.sources and file.destinations:
        source, destination, awaited = next(file.pairs())
        yield Job(source, destination, awaited, taken=step)
    for steps in (file.sources, file.destinations):
        if steps:
            steps.popleft()


def _stopped(file: _File, step: Step) -> Iterator[Job]:
    if file.clear:
        for source, destination, awaited in file.pairs():
            yield Job(source, destination, awaited, cut=step)
    for output in (True, False) if step.name == "close" else (step.output,):
        file.stop(output)
        if step.name != "VIDIOC_REQBUFS":
            file.on.discard(output)
