# SPDX-License-Identifier: GPL-2.0-only
"""The jobs of a program that queues media requests with fences: which request and which CAPTURE
buffer were one, and what the fence said.

A job takes one OUTPUT buffer, which is in the request, and one CAPTURE buffer, in the order in
which they were queued.  Once one queue alone was stopped, or a buffer was held for the next slice,
nobody knows which buffers belong together, and nothing is said of jobs until both queues are empty.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from rig.evidence.descriptors import Thing
from rig.evidence.structures import Flag
from rig.judge.oracles.explicit.timelines import FencedProgram
from rig.judge.oracles.uapi.program import QUEUEING, Program, Step

FENCED = "MEDIA_REQUEST_IOC_QUEUE_FENCE"
REINIT = "MEDIA_REQUEST_IOC_REINIT"

# Of a request as it is about to be queued: what was put into it since it was made or made anew.
Content = Literal["nothing", "a buffer", "several", "queued"]


@dataclass(frozen=True)
class Ask:
    """A call that was to queue a request and give its fence.

    Attributes:
        complete: the request completes a job, and both queues stream; None: nobody knows.
        valid: there is nothing in its argument that has no meaning.
    """

    step: Step
    content: Content
    complete: bool | None

    @property
    def valid(self) -> bool:
        given = self.step.call.before
        return not any(given[:4]) and not any(given[8:])


@dataclass(frozen=True)
class Job:
    """A job.

    Attributes:
        source: the call that queued its request.
        destination: the call that queued its CAPTURE buffer.
        taken: the call that took that back; None if none did.
        cut: the call that stopped a queue of it, or closed the file, before that.
    """

    source: Step
    destination: Step
    taken: Step | None = None
    cut: Step | None = None

    @property
    def fence(self) -> Thing | None:
        """Its fence, if somebody has it."""
        return self.source.made

    @property
    def failed(self) -> bool:
        """Whether its CAPTURE buffer came back with an error."""
        return bool(self.taken and self.taken.got and self.taken.got.flags & Flag.ERROR)


@dataclass
class _File:
    """What is known of one video device as the calls go by."""

    sources: deque[Step] = field(default_factory=deque)
    destinations: deque[Step] = field(default_factory=deque)
    on: set[bool] = field(default_factory=set)
    clear: bool = True

    def of(self, output: bool) -> deque[Step]:
        return self.sources if output else self.destinations

    def completes(self, held: bool) -> bool | None:
        """Whether a request that is queued now makes a job complete."""
        if held:
            return False
        if not self.clear:
            return None
        return len(self.on) == 2 and len(self.sources) < len(self.destinations)

    def stop(self, output: bool) -> None:
        self.of(output).clear()
        self.clear = not self.of(not output)


@dataclass(frozen=True)
class History(FencedProgram):
    """One program, as far as requests go."""

    @cached_property
    def asks(self) -> tuple[Ask, ...]:
        """Every call that asked for a fence."""
        return tuple(each for each in self._followed if isinstance(each, Ask))

    @cached_property
    def jobs(self) -> tuple[Job, ...]:
        """Every job that is known, in the order of their ends."""
        return tuple(each for each in self._followed if isinstance(each, Job))

    def result(self, job: Job) -> int | None:
        """What the fence said in the end; None if nobody asked."""
        said = [status.value for status in self.told(job) if status.sure and status.value]
        return said[-1] if said else None

    @cached_property
    def _followed(self) -> tuple[Ask | Job, ...]:
        return tuple(_Follower(self.program).follow())


class _Follower:
    """All files and requests of a program."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._files: dict[Thing, _File] = {}
        self._contents: dict[Thing, list[Step]] = {}
        self._queued: set[Thing] = set()
        about = (step for step in program.steps if step.about)
        threads = {s.call.thread for s in about if s.about and s.about.kind in ("video", "request")}
        # Of calls that are made side by side nobody knows which came first.
        self._alone = len(threads) <= 1

    def follow(self) -> Iterator[Ask | Job]:
        for step in self._program.steps:
            if step.about is None or not step.call.returned:
                continue
            if step.about.kind == "request":
                yield from self._request(step, step.about)
            elif step.about.kind == "video":
                yield from self._video(step, self._files.setdefault(step.about, _File()))

    def _request(self, step: Step, request: Thing) -> Iterator[Ask]:
        if step.name == REINIT and step.done:
            self._contents.pop(request, None)
            self._queued.discard(request)
        if step.name not in QUEUEING:
            return
        held = self._contents.get(request, [])
        file = self._file(held)
        holding = _holds(held)
        if step.name == FENCED:
            complete = file.completes(holding) if file else None
            yield Ask(step, self._content(request), complete)
        if not step.done:
            return
        self._queued.add(request)
        if file:
            file.sources.append(step)
            file.clear = file.clear and not holding

    def _file(self, held: list[Step]) -> _File | None:
        """That of the one buffer in a request, if it can be followed."""
        about = held[0].about if len(held) == 1 and self._alone else None
        return self._files.get(about) if about else None

    def _content(self, request: Thing) -> Content:
        if request in self._queued:
            return "queued"
        count = len(self._contents.get(request, []))
        return "nothing" if not count else "a buffer" if count == 1 else "several"

    def _video(self, step: Step, file: _File) -> Iterator[Job]:
        if step.name == "VIDIOC_QBUF" and step.done:
            if step.request:
                self._contents.setdefault(step.request, []).append(step)
            else:
                file.of(step.output).append(step)
        elif step.name == "VIDIOC_DQBUF" and step.done and not step.output:
            yield from _dequeued(file, step)
        elif step.name == "VIDIOC_STREAMON" and step.done:
            file.on.add(step.output)
        elif step.name in ("VIDIOC_STREAMOFF", "VIDIOC_REQBUFS", "close") and step.done:
            yield from _stopped(file, step)
            self._emptied(step)

    def _emptied(self, step: Step) -> None:
        """Buffers that were in requests are in none any more."""
        if step.name != "close" and not step.output:
            return
        for request, held in self._contents.items():
            if request not in self._queued:
                self._contents[request] = [one for one in held if one.about != step.about]


def _holds(held: list[Step]) -> bool:
    return any(one.given and one.given.flags & Flag.M2M_HOLD_CAPTURE_BUF for one in held)


def _dequeued(file: _File, step: Step) -> Iterator[Job]:
    if file.clear and file.sources and file.destinations:
        yield Job(file.sources[0], file.destinations[0], taken=step)
    for steps in (file.sources, file.destinations):
        if steps:
            steps.popleft()


def _stopped(file: _File, step: Step) -> Iterator[Job]:
    if file.clear:
        for source, destination in zip(file.sources, file.destinations, strict=False):
            yield Job(source, destination, cut=step)
    for output in (True, False) if step.name == "close" else (step.output,):
        file.stop(output)
        if step.name != "VIDIOC_REQBUFS":
            file.on.discard(output)
