# SPDX-License-Identifier: GPL-2.0-only
"""Two threads that ask for two things of the same object at once.

They are made at the beginning of a round, where all threads start together: whose call comes first
is the affair of the schedule, and the model follows both orders.
"""

from collections.abc import Callable

from rig.model.exercise.history import Call
from rig.model.exercise.move import Move
from rig.model.exercise.world import Device, Side, World

# A call without the thread that makes it.
_Words = tuple[str, ...]


def _both(world: World, one: _Words, other: _Words) -> tuple[Call, ...]:
    """One of another thread, and one of this."""
    waits = world.elsewhere(*other)
    return (*waits, world.call(*one)) if waits else ()


def _two(world: World, calls: list[_Words]) -> tuple[Call, ...]:
    """Any two of them, perhaps the same one twice."""
    return _both(world, *world.random.choices(calls, k=2))


def _of_buffer(world: World, name: str, device: Device, side: Side) -> list[_Words]:
    memory = world.memory(device, side)
    about = (name, side, world.index(device.queues[side]))
    asked: list[_Words] = [("querybuf", *about), ("expbuf", *about), ("mmap", *about)]
    if memory is not None:
        asked += [("qbuf", *about, *memory)] * 2 + [("preparebuf", *about, *memory)]
    return asked


def _buffer(world: World) -> tuple[Call, ...]:
    if not (found := world.device()):
        return ()
    return _two(world, _of_buffer(world, *found, world.side()))


def _queue(world: World) -> tuple[Call, ...]:
    """A queue is turned on, off, or given other buffers, while somebody does anything with it."""
    if not (found := world.device()):
        return ()
    name, device = found
    side = world.side()
    turned = world.random.choice(("streamon", "streamoff", "reqbufs", "createbufs"))
    words: dict[str, _Words] = {"reqbufs": ("count=2", "memory=mmap"), "createbufs": ("count=1",)}
    asked = [*_of_buffer(world, name, device, side), ("streamoff", name, side)]
    asked += [("streamon", name, side), ("poll", name, "events=io", "ms=60")]
    if not device.blocking:
        asked.append(("dqbuf", name, side))
    both = _both(world, (turned, name, side, *words.get(turned, ())), world.random.choice(asked))
    freed = world.free(name, side) if both and turned == "reqbufs" else ()
    return (*freed, *both)


def _request(world: World) -> tuple[Call, ...]:
    """One request, or two of the same file."""
    found = world.device()
    made = world.request(found[1]) if world.requests and found else None
    if not made or not found:
        return ()
    index = world.index(found[1].queues["out"])
    again = world.request(found[1]) or made
    own: list[_Words] = [
        *(("queue", made), ("queue", again), ("reinit", made), ("put", found[0], made, index)),
        *(
            ("poll", made, "events=p", "ms=60"),
            ("own", found[0], "place=0", "get", f"request={made}"),
        ),
    ]
    return _both(world, ("queue", made), world.random.choice(own))


def _event(world: World) -> tuple[Call, ...]:
    """Ends of streams and changes of sources, and who is told of them."""
    if not (found := world.device()):
        return ()
    name, device = found
    event = f"event={world.random.choice((2, 5))}"
    asked: list[_Words] = [("subscribe", name, event), ("unsubscribe", name, event)]
    asked += [("unsubscribe", name, "event=0"), ("poll", name, "events=p", "ms=60")]
    if not device.blocking:
        asked.append(("dqevent", name))
    return _two(world, asked)


def _control(world: World) -> tuple[Call, ...]:
    if not (found := world.device()):
        return ()
    name = found[0]
    asked: list[_Words] = [
        *(("control", name, "id=0", f"value={value}") for value in (0, 1)),
        *(("control", name, "id=0", "get"), ("querycontrol", name, "id=0", "next")),
        *(("streamon", name, "out"), ("streamoff", name, "out")),
    ]
    return _two(world, asked)


def _dmabuf(world: World) -> tuple[Call, ...]:
    """What it is called, read and waited for."""
    if not (name := world.one("d")):
        return ()
    asked: list[_Words] = [
        *(("setname", name), ("look", "fdinfo", name), ("look", "bufinfo"), ("mmap", name)),
        *(("sync", name, "for=both"), ("sync", name, "for=both", "end=1")),
        *(("export", name, "for=both"), ("poll", name, "events=io", "ms=0")),
    ]
    return _two(world, asked)


def _epoll(world: World) -> tuple[Call, ...]:
    """Somebody is waited for, and is not any more."""
    epoll, name = world.one("e"), world.one("vdsr")
    if not epoll or not name:
        return ()
    asked: list[_Words] = [
        *(("watch", epoll, name, "events=io"), ("rewatch", epoll, name, "events=i")),
        ("unwatch", epoll, name),
    ]
    return _both(world, world.random.choice(asked), ("ewait", epoll, "ms=60"))


def _race(name: str, weight: float, make: Callable[[World], tuple[Call, ...]]) -> Move:
    return Move(f"race-{name}", weight, make, first=True)


MOVES = (
    _race("buffer", 1, _buffer),
    _race("queue", 1, _queue),
    _race("request", 1, _request),
    _race("event", 0.5, _event),
    _race("control", 0.3, _control),
    _race("dmabuf", 0.5, _dmabuf),
    _race("epoll", 0.5, _epoll),
)
