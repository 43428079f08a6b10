# SPDX-License-Identifier: GPL-2.0-only
"""The calls of one program, each with what it was about and what state that was in."""

import errno
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rig.evidence.calls import Call, CallLog
from rig.evidence.descriptors import Descriptors, Thing, follow
from rig.evidence.ioctls import ioctl_name
from rig.evidence.structures import (
    Buffer,
    BufferRequest,
    ExportBuffer,
    is_output,
    queue_name,
    read_buffer,
    read_create,
    read_expbuf,
    read_format,
    read_int,
    read_reqbufs,
)
from rig.judge.oracles.uapi.queues import QueueState

# Of open(), on arm64.
_NONBLOCK = 0o4000

# Calls that are about one buffer of a queue.
BUFFERS = ("VIDIOC_QBUF", "VIDIOC_DQBUF", "VIDIOC_QUERYBUF", "VIDIOC_PREPARE_BUF")

# Calls that queue a request; the second one is of series with fences of requests.
QUEUEING = ("MEDIA_REQUEST_IOC_QUEUE", "MEDIA_REQUEST_IOC_QUEUE_FENCE")


@dataclass(frozen=True)
class Step:
    """One call, understood.

    Args:
        name: that of the request for an ioctl, else that of the call.
        about: None if it is about nothing.
        queue: the type of buffer that it is about; None if it is about none.
        given, got: the buffer that it was given and gave back.
        request: the one that it puts its buffer into.
        made: the dma-buf, request or sync_file of the descriptor that it gave.
        fence: what its buffer is to wait for, as far as that is known.
        named: what it puts on a dma-buf, merges or listens to, as far as that is known.
        state: of its queue as it began; None if it has none.
        other: that of the other queue of the same file.
        flags: with which the file that it is about was opened.
        contended: another thread was in a call at the same time that may have changed what this
            one met; then the state is not known.
        lost: no order of those calls says what it met.
        states: those of its queue that it may have met, one if it is known; () if nobody knows.
    """

    call: Call
    name: str
    about: Thing | None
    queue: int | None = None
    given: Buffer | None = None
    got: Buffer | None = None
    request: Thing | None = None
    made: Thing | None = None
    fence: Thing | None = None
    named: Thing | None = None
    state: QueueState | None = None
    other: QueueState | None = None
    flags: int = 0
    contended: bool = False
    lost: bool = False
    states: tuple[QueueState, ...] = ()

    @property
    def done(self) -> bool:
        """Whether it succeeded."""
        return self.call.done

    @property
    def error(self) -> int:
        """The errno with which it failed; 0 if it did not."""
        return -self.call.result if self.call.returned and self.call.result < 0 else 0

    @property
    def output(self) -> bool:
        """Whether it is about an OUTPUT queue."""
        return self.queue is not None and is_output(self.queue)

    @property
    def known(self) -> QueueState | None:
        """The state of its queue if that is known for certain."""
        return None if self.contended else self.state

    def __str__(self) -> str:
        queue = f" on {queue_name(self.queue)}" if self.queue is not None else ""
        buffer = self.got if self.done and self.got else self.given
        index = f" of buffer {buffer.index}" if buffer else ""
        about = f" of {self.about}" if self.about else ""
        return f"{self.name}{index}{queue}{about} (call {self.call.begin})"

    @property
    def answer(self) -> str:
        """What it returned, for people."""
        if not self.call.returned:
            return "nothing yet"
        return (
            errno.errorcode.get(self.error, str(-self.error))
            if self.error
            else str(self.call.result)
        )


@dataclass(frozen=True)
class Program:
    """One program.

    Args:
        name: that of its run in the plan.
        log: its calls.
        steps: the same, understood.
        faulty: hardware fails in this case, or allocations do, or devices go; what follows of
            that is no broken promise.
    """

    name: str
    log: CallLog
    steps: tuple[Step, ...] = field(repr=False)
    faulty: bool = False

    def ioctls(self, *names: str) -> Iterator[Step]:
        """Those of these names that returned."""
        return (step for step in self.steps if step.name in names and step.call.returned)

    @cached_property
    def by_file(self) -> dict[Thing, tuple[Step, ...]]:
        """The steps about each open file, in order."""
        found: dict[Thing, list[Step]] = {}
        for step in self.steps:
            if step.about:
                found.setdefault(step.about, []).append(step)
        return {thing: tuple(steps) for thing, steps in found.items()}

    @cached_property
    def by_descriptor(self) -> dict[int, tuple[Step, ...]]:
        """The steps about something that is open, by the descriptor that they name, in order."""
        found: dict[int, list[Step]] = {}
        for step in self.steps:
            if step.about:
                found.setdefault(step.call.fd, []).append(step)
        return {fd: tuple(steps) for fd, steps in found.items()}

    def undisturbed(self) -> Iterator[tuple[Step, ...]]:
        """The steps about each video device that one thread alone asked, in order."""
        for thing, steps in self.by_file.items():
            if thing.kind == "video" and len({step.call.thread for step in steps}) == 1:
                yield steps

    @cached_property
    def nonblocking(self) -> frozenset[Thing]:
        """Files that were opened with O_NONBLOCK, and stayed so."""
        opened = {step.about for step in self.steps if step.about and step.flags & _NONBLOCK}
        return frozenset(opened - self.turned)

    @cached_property
    def turned(self) -> frozenset[Thing]:
        """Files that block at one time and not at another."""
        return frozenset(step.about for step in self.steps if step.about and step.name == "mode")


def understood(calls: Sequence[Call]) -> Iterator[Step]:
    """Calls as steps, without the states of their queues.

    Of a descriptor that is not open, or not any more, nothing is promised.
    """
    found = follow(calls)
    for call in calls:
        if call.name == "ioctl" and call.result == -errno.EBADF:
            continue
        name = ioctl_name(call.request) if call.name == "ioctl" else call.name
        given, got = (
            (read_buffer(call.before), read_buffer(call.after)) if name in BUFFERS else (None, None)
        )
        yield Step(
            *(call, name, found.about.get(call.begin), _queue(name, call), given, got),
            request=found.request.get(call.begin),
            made=found.made.get(call.begin),
            fence=found.fence.get(call.begin),
            named=found.named.get(call.begin),
            flags=_flags(found, call),
        )


def _flags(found: Descriptors, call: Call) -> int:
    about = found.about.get(call.begin)
    return found.flags.get(about, 0) if about else 0


def requested(step: Step) -> tuple[BufferRequest, BufferRequest] | None:
    """What REQBUFS or CREATE_BUFS was given and gave back."""
    read = {"VIDIOC_REQBUFS": read_reqbufs, "VIDIOC_CREATE_BUFS": read_create}.get(step.name)
    if read is None:
        return None
    given, got = read(step.call.before), read(step.call.after)
    return (given, got) if given and got else None


def exported(step: Step) -> ExportBuffer | None:
    """What EXPBUF was given."""
    return read_expbuf(step.call.before) if step.name == "VIDIOC_EXPBUF" else None


def _queue(name: str, call: Call) -> int | None:
    """The type of buffer in what a call was given."""
    if name in BUFFERS:
        buffer = read_buffer(call.before)
        return buffer.type if buffer else None
    if name in ("VIDIOC_STREAMON", "VIDIOC_STREAMOFF"):
        return read_int(call.before)
    if name == "VIDIOC_REQBUFS":
        reqbufs = read_reqbufs(call.before)
        return reqbufs.type if reqbufs else None
    if name == "VIDIOC_CREATE_BUFS":
        create = read_create(call.before)
        return create.type if create else None
    if name == "VIDIOC_REMOVE_BUFS":
        return read_int(call.before[8:12])
    if name == "VIDIOC_EXPBUF":
        expbuf = read_expbuf(call.before)
        return expbuf.type if expbuf else None
    if name in ("VIDIOC_G_FMT", "VIDIOC_S_FMT", "VIDIOC_TRY_FMT"):
        form = read_format(call.before)
        return form.type if form else None
    return call.request if name == "pixels" else None
