# SPDX-License-Identifier: GPL-2.0-only
"""What the descriptors in the records of calls stood for: open files, requests, dma-bufs, fences.

A number is taken again as soon as it is closed, so what it stands for is followed call by call.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Final

from rig.evidence.calls import Call
from rig.evidence.ioctls import ioctl_name
from rig.evidence.structures import Flag, read_buffer, read_capability

# Where in what a call leaves the descriptor is that it makes, and of what that is one.
_MAKERS: Final[Mapping[str, tuple[int, str]]] = {
    "VIDIOC_EXPBUF": (16, "dma-buf"),
    "MEDIA_IOC_REQUEST_ALLOC": (0, "request"),
    # Of series with fences of requests.
    "MEDIA_REQUEST_IOC_QUEUE_FENCE": (4, "sync_file"),
    "DMA_BUF_IOCTL_EXPORT_SYNC_FILE": (4, "sync_file"),
    "SYNC_IOC_MERGE": (36, "sync_file"),
    "SW_SYNC_IOC_CREATE_FENCE": (36, "sync_file"),
    "DMA_HEAP_IOCTL_ALLOC": (8, "dma-buf"),
}

# Where in what a call is given the descriptor of a sync_file is.
_NAMED: Final[Mapping[str, int]] = {
    "DMA_BUF_IOCTL_IMPORT_SYNC_FILE": 4,
    "SYNC_IOC_MERGE": 32,
}

_CONTROLS: Final = frozenset(("VIDIOC_G_EXT_CTRLS", "VIDIOC_S_EXT_CTRLS", "VIDIOC_TRY_EXT_CTRLS"))

# struct v4l2_ext_controls: which, and request_fd; V4L2_CTRL_WHICH_REQUEST_VAL.
_EXT_CONTROLS: Final = Struct("<I8xi")
_OF_REQUEST: Final = 0x0F010000

_NODES: Final = (("/dev/video", "video"), ("/dev/media", "media"), ("/dev/dma_heap", "heap"))


@dataclass(frozen=True, slots=True)
class Thing:
    """An open file.

    Attributes:
        kind: "video", "media", "request", "dma-buf", "sync_file", "heap" or "file".
        number: tells those of its kind apart, from 1, in the order in which they appear.
        driver: of a video device; "" if nobody asked.
    """

    kind: str
    number: int
    driver: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.number}" + (f" of {self.driver}" if self.driver else "")


class _Follower:
    """The descriptors of all processes at one moment."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, int], Thing] = {}
        self._count: dict[str, int] = {}
        self._first = 0
        # What the parent had when it last made a child, and what is in messages, by their numbers.
        self._born: dict[int, Thing] = {}
        self._forked: dict[int, dict[int, Thing]] = {}
        self._sent: dict[int, Thing] = {}
        self._known: set[int] = set()
        self.flags: dict[Thing, int] = {}
        self.made: dict[int, Thing] = {}

    def find(self, process: int, fd: int, guess: str) -> Thing | None:
        """What a descriptor stands for; a child has what its parent had."""
        self._first = self._first or process
        self._is_born(process, self._born)
        if fd < 0:
            return None
        for owner in (process, self._first):
            if thing := self._open.get((owner, fd)):
                return thing
        return self._add(process, fd, guess)

    def _of(self, process: int) -> dict[int, Thing]:
        return {fd: thing for (owner, fd), thing in self._open.items() if owner == process}

    def _is_born(self, process: int, having: Mapping[int, Thing]) -> None:
        """A child is there once its parent's fork() returns, or with its own first call."""
        if process not in self._known:
            self._known.add(process)
            self._open.update({(process, fd): thing for fd, thing in having.items()})

    def begins(self, call: Call, thing: Thing | None) -> None:
        """From now on somebody else may see what it does."""
        if call.name == "send" and thing:
            self._sent[call.request] = thing
        if call.name == "close":
            self._open.pop((call.process, call.fd), None)
        elif call.name == "fork":
            self._born = self._of(call.process)
            self._forked[call.begin] = self._born

    def ends(self, call: Call, thing: Thing | None) -> None:
        if not call.done:
            return
        if call.name == "open":
            path = call.before.decode(errors="backslashreplace")
            kind = next((kind for node, kind in _NODES if path.startswith(node)), "file")
            self.flags[self._add(call.process, call.result, kind)] = call.request
        elif call.name == "dup" and thing:
            self._open[call.process, call.result] = thing
        elif call.name == "fork":
            self._is_born(call.result, self._forked[call.begin])
        elif call.name == "receive":
            number = int.from_bytes(call.after[:8], "little")
            if sent := self._sent.get(number):
                self._open[call.process, call.result] = sent
        elif call.name == "ioctl" and (made := _MAKERS.get(ioctl_name(call.request))):
            at, kind = made
            fd = int.from_bytes(call.after[at : at + 4], "little", signed=True)
            self.made[call.begin] = self._add(call.process, fd, kind)
        elif (fence := _out_fence_fd(call)) is not None:
            self.made[call.begin] = self._add(call.process, fence, "sync_file")

    def known(self, process: int, fd: int) -> Thing | None:
        """What a descriptor certainly stands for."""
        return self._open.get((process, fd)) or self._open.get((self._first, fd))

    def _add(self, process: int, fd: int, kind: str) -> Thing:
        number = self._count[kind] = self._count.get(kind, 0) + 1
        thing = self._open[process, fd] = Thing(kind, number)
        return thing


def _guess(call: Call) -> str:
    """Of one that came from elsewhere: by what is asked of it."""
    if call.name != "ioctl":
        return "file"
    name = ioctl_name(call.request)
    if name.startswith("VIDIOC_"):
        return "video"
    if name.startswith("DMA_BUF_"):
        return "dma-buf"
    if name.startswith("SYNC_IOC_"):
        return "sync_file"
    return "request" if name.startswith("MEDIA_REQUEST_") else "file"


@dataclass(frozen=True, slots=True)
class Descriptors:
    """What calls are about, by the numbers at their beginnings.

    Attributes:
        about: none for calls about nothing.
        request: that of the calls on buffers and controls that name one.
        flags: with which files were opened, as far as that is among the calls.
        made: by the ioctls that make one.
        fence: what a buffer is to wait for, as far as the descriptor is known.
        named: what is put on a dma-buf, merged or listened to, as far as that is known.
    """

    about: Mapping[int, Thing]
    request: Mapping[int, Thing]
    flags: Mapping[Thing, int]
    made: Mapping[int, Thing]
    fence: Mapping[int, Thing]
    named: Mapping[int, Thing]


def follow(calls: Sequence[Call]) -> Descriptors:
    """What each call is about."""
    about: dict[int, Thing] = {}
    request: dict[int, Thing] = {}
    fence: dict[int, Thing] = {}
    meant: dict[int, Thing] = {}
    follower = _Follower()
    for number, call in _events(calls):
        if number == call.begin:
            if thing := follower.find(call.process, call.fd, _guess(call)):
                about[call.begin] = thing
            fd = _request_fd(call)
            if fd is not None and (thing := follower.find(call.process, fd, "request")):
                request[call.begin] = thing
            fd = _in_fence_fd(call)
            if fd is not None and (thing := follower.known(call.process, fd)):
                fence[call.begin] = thing
            fd = _named_fd(call)
            if fd is not None and (thing := follower.known(call.process, fd)):
                meant[call.begin] = thing
            follower.begins(call, about.get(call.begin))
        else:
            follower.ends(call, about.get(call.begin))
    named = _drivers(calls, about)
    return Descriptors(
        {begin: named.get(thing, thing) for begin, thing in about.items()},
        request,
        {named.get(thing, thing): flags for thing, flags in follower.flags.items()},
        follower.made,
        fence,
        {begin: named.get(thing, thing) for begin, thing in meant.items()},
    )


def _in_fence_fd(call: Call) -> int | None:
    """Of what a buffer is to wait for."""
    if call.name != "ioctl" or ioctl_name(call.request) != "VIDIOC_QBUF":
        return None
    buffer = read_buffer(call.before)
    return buffer.fence_fd if buffer and buffer.flags & Flag.IN_FENCE else None


def _named_fd(call: Call) -> int | None:
    """Of what is put on a dma-buf, merged with another, or listened to."""
    if call.name == "epoll_ctl":
        return call.request & 0xFFFFFFFF
    at = _NAMED.get(ioctl_name(call.request)) if call.name == "ioctl" else None
    if at is None or len(call.before) < at + 4:
        return None
    return int.from_bytes(call.before[at : at + 4], "little", signed=True)


def _out_fence_fd(call: Call) -> int | None:
    """Of the fence that VIDIOC_QBUF was asked for and gave; without the flag it is no fence."""
    if call.name != "ioctl" or ioctl_name(call.request) != "VIDIOC_QBUF":
        return None
    given, got = read_buffer(call.before), read_buffer(call.after)
    if not (given and got and given.flags & Flag.OUT_FENCE and got.flags & Flag.OUT_FENCE):
        return None
    return got.fence_fd if got.fence_fd >= 0 else None


def _request_fd(call: Call) -> int | None:
    """Of the request that a buffer is to be queued in, or whose controls are meant."""
    name = ioctl_name(call.request) if call.name == "ioctl" else ""
    if name in _CONTROLS and len(call.before) >= _EXT_CONTROLS.size:
        which, fd = _EXT_CONTROLS.unpack_from(call.before)
        return fd if which == _OF_REQUEST else None
    if name != "VIDIOC_QBUF":
        return None
    buffer = read_buffer(call.before)
    return buffer.request_fd if buffer and buffer.flags & Flag.REQUEST_FD else None


def _events(calls: Sequence[Call]) -> Iterator[tuple[int, Call]]:
    """Beginnings and ends, in order."""
    begins = [(call.begin, call) for call in calls]
    ends = [(call.end, call) for call in calls if call.returned]
    yield from sorted((*begins, *ends), key=lambda event: event[0])


def _drivers(calls: Sequence[Call], found: Mapping[int, Thing]) -> dict[Thing, Thing]:
    """Video devices with their drivers, as far as somebody asked."""
    named: dict[Thing, Thing] = {}
    for call in calls:
        thing = found.get(call.begin)
        if thing and call.done and call.name == "ioctl" and call.request & 0xFFFF == 0x5600:
            asked = read_capability(call.after)
            named[thing] = Thing(thing.kind, thing.number, asked.driver if asked else "")
    return named
