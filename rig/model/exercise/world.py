# SPDX-License-Identifier: GPL-2.0-only
"""What a history has made so far, for whoever draws the next call of it.

It is a guess: calls of several threads come in any order, and any may fail.  Nothing but what is
likely to be worth asking follows from it; what calls may answer is the affair of the rules.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Literal

from rig.model.exercise.history import NAMES, Call

Side = Literal["out", "cap"]
SIDES: tuple[Side, ...] = ("out", "cap")

# Of each kind: some names are left for whoever adds to a history by hand.
_MOST = NAMES - 8


@dataclass
class Queue:
    """One queue; `count` buffers, 0 if there are none."""

    count: int = 0
    memory: str = "mmap"
    streaming: bool = False


@dataclass
class Device:
    """An open file of the driver."""

    name: str
    blocking: bool
    queues: dict[Side, Queue] = field(default_factory=lambda: {"out": Queue(), "cap": Queue()})

    @property
    def running(self) -> bool:
        """Whether jobs are possible, as far as the queues go."""
        return all(queue.streaming and queue.count for queue in self.queues.values())


class World:
    """What there is, and chance.

    Args:
        random: decides.
        odd: how often an argument is one that no friendly program gives, from 0 to 1.
        requests: jobs are started by media requests.
        abrupt: files are closed while their queues stream.
        stray: dma-bufs are queued that do not fit, or are none.
        queued: buffers are given back while requests are queued.
        shared: a request has buffers or controls of more than one file.
        scattered: what is imported may be in pieces.
    """

    def __init__(
        self,
        random: Random,
        odd: float,
        *,
        requests: bool,
        abrupt: bool,
        stray: bool,
        queued: bool,
        shared: bool,
        scattered: bool,
    ) -> None:
        self.random = random
        self.odd = odd
        self.requests = requests
        self.abrupt = abrupt
        self.stray = stray
        self.queued = queued
        self.shared = shared
        self.scattered = scattered
        # The first file that each request had something of, by the request's name.
        self._filled: dict[str, Device] = {}
        # By the name of a device and its queue: dma-bufs that fit; "": none does any more.
        self._fitting: dict[tuple[str, Side], str] = {}
        # How many there are, and whose turn it is.
        self.threads = 1
        self.thread = 0
        self._devices: dict[str, Device] = {}
        # By name: the thread that made it in this round; None: one before.
        self._made: dict[str, int | None] = {}
        self._counts: dict[str, int] = {}

    def join(self) -> None:
        """All that was made is there for all threads."""
        self._made = dict.fromkeys(self._made)

    def call(self, name: str, *words: str, result: str = "") -> Call:
        """A call of the thread whose turn it is."""
        return Call(self.thread, name, words, result)

    def stop(self, name: str) -> tuple[Call, ...]:
        """Both queues of a file are stopped."""
        for queue in self._devices[name].queues.values() if name in self._devices else ():
            queue.streaming = False
        return tuple(self.call("streamoff", name, side) for side in SIDES)

    def free(self, name: str, side: Side) -> tuple[Call, ...]:
        """What comes before the buffers of a queue are given back."""
        if self.queued or not self.requests:
            return ()
        return (self.call("streamoff", name, side),)

    def elsewhere(self, name: str, *words: str) -> tuple[Call, ...]:
        """A call of another thread at the same time, if there is one, about what that may use."""
        others = [each for each in range(self.threads) if each != self.thread]
        known = all(self._made.get(word, -1) is None for word in words if word in self._made)
        return (Call(self.random.choice(others), name, words),) if others and known else ()

    # -- names

    def room(self, kind: str) -> bool:
        """Whether there is a name left for one more of a kind."""
        return self._counts.get(kind, 0) < _MOST

    def make(self, kind: str) -> str:
        """A new name of a kind, a letter."""
        number = self._counts[kind] = self._counts.get(kind, 0) + 1
        name = f"{kind}{number - 1}"
        self._made[name] = self.thread
        return name

    def forget(self, name: str) -> None:
        """It was closed."""
        self._made.pop(name, None)
        self._devices.pop(name, None)

    def names(self, kinds: str) -> list[str]:
        """All names of these kinds that this thread may use."""
        return [
            name
            for name, thread in self._made.items()
            if name[0] in kinds and thread in (None, self.thread)
        ]

    def one(self, kinds: str) -> str | None:
        """One of them; None if there is none."""
        names = self.names(kinds)
        return self.random.choice(names) if names else None

    def one_or_new(self, kind: str, name: str) -> tuple[tuple[Call, ...], str]:
        """One of a kind, and before it the call `name` that makes one if there is none."""
        if found := self.one(kind):
            return (), found
        made = self.make(kind)
        return (self.call(name, result=made),), made

    # -- devices

    def add(self, device: Device) -> None:
        """A file that was opened; also under a second name."""
        self._devices[device.name] = device

    def alias(self, name: str, of: str) -> None:
        """A duplicate of a descriptor."""
        if device := self._devices.get(of):
            self._devices[name] = device

    def device(self) -> tuple[str, Device] | None:
        """A name of an open file, and what it stands for."""
        names = [name for name in self.names("v") if name in self._devices]
        if not names:
            return None
        name = self.random.choice(names)
        return name, self._devices[name]

    def request(self, device: Device) -> str | None:
        """A request that something of a file may be put into; None if there is none."""
        names = [
            name
            for name in self.names("r")
            if self.shared or self._filled.get(name, device) is device
        ]
        if not names:
            return None
        name = self.random.choice(names)
        self._filled.setdefault(name, device)
        return name

    def fits(self, device: Device, side: Side, name: str) -> None:
        """A dma-buf is as large as the buffers of a queue."""
        self._fitting[device.name, side] = name

    def unfit(self, device: Device) -> None:
        """Its buffers have another size from now on."""
        for side in SIDES:
            if (device.name, side) in self._fitting:
                self._fitting[device.name, side] = ""

    def memory(self, device: Device, side: Side) -> tuple[str, ...] | None:
        """What a buffer of a queue is given in case that it imports; None: nothing fits."""
        name = self._fitting.get((device.name, side))
        if self.stray and self.chance(0.3):
            name = self.one("dv")
        if name is None:
            return ()
        return (f"fd={name}",) if name in self.names("dv") else None

    # -- chance

    def chance(self, likely: float) -> bool:
        """True so often, from 0 to 1."""
        return self.random.random() < likely

    def side(self) -> Side:
        """A queue."""
        return self.random.choice(SIDES)

    def index(self, queue: Queue) -> str:
        """The index of a buffer, mostly of one that there is."""
        if self.chance(self.odd):
            return self.random.choice(("index=n", "index=n+1", "index=n+1000"))
        return f"index={self.random.randrange(max(queue.count, 1))}"

    def odds(self, name: str, *values: str) -> tuple[str, ...]:
        """NAME=VALUE with one of these odd values, or mostly nothing."""
        return (f"{name}={self.random.choice(values)}",) if self.chance(self.odd) else ()
