# SPDX-License-Identifier: GPL-2.0-only
"""Buffers of queues: allocated, queued, dequeued, asked about."""

from rig.model.exercise.history import Call
from rig.model.exercise.move import Move
from rig.model.exercise.world import World


def _reqbufs(world: World) -> tuple[Call, ...]:
    """None is for files of which another thread may wait for a buffer: the core lets that be, and
    then finds that its counters do not agree."""
    if not (found := world.device()):
        return ()
    side = world.side()
    queue = found[1].queues[side]
    count = world.random.choice((0, 0, 1, 2, 3, 4))
    if found[1].blocking and world.threads > 1:
        count = max(count, 1)
    memory = world.random.choice(("mmap", "mmap", "mmap", "userptr"))
    if world.chance(world.odd):
        count, memory = world.random.choice(((1000, memory), (2, "overlay")))
    queue.count, queue.memory = min(count, 32), memory
    words = (f"count={count}", f"memory={memory}", *world.odds("flags", "1", "2"))
    return (*world.free(found[0], side), world.call("reqbufs", found[0], side, *words))


def _createbufs(world: World) -> tuple[Call, ...]:
    if not (found := world.device()):
        return ()
    side = world.side()
    queue = found[1].queues[side]
    count = world.random.choice((0, 1, 1, 2))
    queue.count = min(queue.count + count, 32)
    words = (f"count={count}", *world.odds("size", "n+4096", "n+1", "n/2", "1"))
    words += world.odds("memory", "mmap", "userptr", "overlay")
    words += world.odds("flags", "1")
    return (world.call("createbufs", found[0], side, *words),)


def _removebufs(world: World) -> tuple[Call, ...]:
    if not (found := world.device()):
        return ()
    side = world.side()
    words = (world.index(found[1].queues[side]), *world.odds("count", "0", "n", "n+1", "1000"))
    return (world.call("removebufs", found[0], side, *words),)


def _querybuf(world: World) -> tuple[Call, ...]:
    if not (found := world.device()):
        return ()
    side = world.side()
    return (world.call("querybuf", found[0], side, world.index(found[1].queues[side])),)


def _expbuf(world: World) -> tuple[Call, ...]:
    if not world.room("d") or not (found := world.device()):
        return ()
    side = world.side()
    words = (world.index(found[1].queues[side]), *world.odds("plane", "n", "n+8"))
    words += ("ro",) if world.chance(0.2) else ()
    words += world.odds("flags", "1024", "4", "3")
    return (world.call("expbuf", found[0], side, *words, result=world.make("d")),)


def _qbuf(name: str, weight: float) -> Move:
    def make(world: World) -> tuple[Call, ...]:
        if not (found := world.device()):
            return ()
        side = world.side()
        memory = world.memory(found[1], side)
        if memory is None:
            return ()
        words = [world.index(found[1].queues[side]), *memory]
        words += world.odds("used", "0", "n+1", "n/2", "4294967295")
        words += world.odds("memory", "mmap", "userptr", "dmabuf", "overlay")
        if not memory or world.stray:
            words += world.odds("length", "0", "n+4096", "n-1")
        words += _told(world)
        return (world.call(name, found[0], side, *words),)

    return Move(name, weight, make)


# V4L2_BUF_FLAG_NO_CACHE_INVALIDATE and _CLEAN, _LAST and _ERROR.
_FLAGS = ("2048", "4096", "6144", "1048576", "64")


def _told(world: World) -> tuple[str, ...]:
    """What a program may say of a buffer besides; of V4L2_FIELD_*: any, interlaced, none that
    there is."""
    return (
        *world.odds("flags", *_FLAGS),
        *world.odds("field", "0", "4", "99"),
        *world.odds("planes", "0", "n+1"),
        *world.odds("offset", "64", "n", "4294967295"),
    )


def _dqbuf(world: World) -> tuple[Call, ...]:
    if not (found := world.device()):
        return ()
    words = world.odds("memory", "mmap", "userptr", "dmabuf", "overlay")
    return (world.call("dqbuf", found[0], world.side(), *words),)


def _frame(world: World) -> tuple[Call, ...]:
    """A job, as a friendly program has it done."""
    if not (found := world.device()):
        return ()
    name, device = found
    memory, again = world.memory(device, "out"), world.memory(device, "cap")
    if memory is None or again is None:
        return ()
    index = f"index={world.random.randrange(max(device.queues['out'].count, 1))}"
    calls = [world.call("fill", name, index)]
    made = world.request(device) if world.requests else None
    if world.requests:
        if not made or world.chance(0.3):
            new, media = world.one_or_new("x", "media")
            calls += new
            if world.room("r"):
                calls.append(world.call("request", media, result=world.make("r")))
                made = world.request(device)
        if made:
            calls += [world.call("put", name, made, index), world.call("queue", made)]
    else:
        calls.append(world.call("qbuf", name, "out", index, *memory))
    calls.append(world.call("poll", name, "events=i", f"ms={world.random.choice((0, 1500))}"))
    if world.chance(0.8):
        calls.append(world.call("dqbuf", name, "cap"))
    if world.chance(0.8):
        calls.append(world.call("dqbuf", name, "out"))
    if world.requests and made and world.chance(0.3):
        place = f"place={world.random.randrange(12)}"
        calls.append(world.call("own", name, place, "get", f"request={made}"))
    if world.chance(0.6):
        index = f"index={world.random.randrange(max(device.queues['cap'].count, 1))}"
        calls.append(world.call("qbuf", name, "cap", index, *again))
    return tuple(calls)


def _holes(name: str, weight: float, *, prepared: bool) -> Move:
    """Buffers come and go, of a file that nobody else uses meanwhile and that does not stream."""

    def make(world: World) -> tuple[Call, ...]:
        if not world.room("v") or not world.room("d"):
            return ()
        file, side = world.make("v"), world.side()
        first = world.random.randrange(3)
        calls = [
            world.call("open", "nonblock", result=file),
            world.call("setup", file),
            world.call("createbufs", file, side, "count=4"),
        ]
        if prepared:
            calls.append(world.call("preparebuf", file, side, f"index={first + 1}"))
        calls += (
            world.call("removebufs", file, side, f"index={first}", "count=2"),
            world.call("expbuf", file, side, "index=0", result=world.make("d")),
            world.call("querybuf", file, side, f"index={first + 1}"),
            world.call("createbufs", file, side, f"count={world.random.randint(1, 3)}"),
            world.call("qbuf", file, side, f"index={world.random.randrange(4)}"),
        )
        if world.chance(0.5):
            calls.append(world.call("removebufs", file, side, "index=0", "count=4"))
        if world.chance(0.5):
            calls.append(world.call("reqbufs", file, side, "count=0", "memory=mmap"))
        return tuple(calls)

    return Move(name, weight, make)


def _user_memory(world: World) -> tuple[Call, ...]:
    """Buffers in memory of the program that is not there, may not be written to, is not that of a
    page, or is another buffer, of a file that nobody else uses."""
    if not world.room("v"):
        return ()
    file, side = world.make("v"), world.side()
    places = ["nowhere", "sealed", "odd", *world.names("m")[:2]]
    calls = [
        world.call("open", "nonblock", result=file),
        world.call("setup", file),
        world.call("reqbufs", file, side, "count=2", "memory=userptr"),
    ]
    for index in range(world.random.randint(1, 3)):
        at = f"at={world.random.choice(places)}"
        name = world.random.choice(("qbuf", "qbuf", "preparebuf"))
        calls.append(world.call(name, file, side, f"index={index % 2}", at))
    calls += (
        world.call("qbuf", file, side, "index=0"),
        world.call("streamon", file, side),
        world.call("streamoff", file, side),
        world.call("qbuf", file, side, "index=0", f"at={world.random.choice(places)}"),
    )
    if world.chance(0.5):
        calls.append(world.call("reqbufs", file, side, "count=0", "memory=userptr"))
    return tuple(calls)


def _meet(world: World) -> tuple[Call, ...]:
    """One thread waits for a buffer while another one changes what it waits for."""
    if not (found := world.device()):
        return ()
    (name, device), side = found, world.side()
    if not device.blocking or not (waits := world.elsewhere("dqbuf", name, side)):
        return ()
    meanwhile = world.random.choice(
        (
            (world.call("reqbufs", name, side, "count=1", "memory=mmap"),),
            (world.call("reqbufs", name, side, "count=2", "memory=mmap"),),
            (world.call("streamoff", name, side), world.call("streamon", name, side)),
            # Whoever waits is woken, and has not looked yet.
            (
                world.call("streamoff", name, side),
                world.call("reqbufs", name, side, "count=2", "memory=mmap"),
            ),
            (world.call("dqbuf", name, side),),
            (world.call("createbufs", name, side, "count=1"),),
        )
    )
    freed = world.free(name, side) if meanwhile[0].name == "reqbufs" else ()
    return (*waits, world.call("sleep", "ms=1"), *freed, *meanwhile)


def _meet_close(world: World) -> tuple[Call, ...]:
    """One thread waits for a buffer of a file that another one closes."""
    if not (found := world.device()):
        return ()
    (name, device), side = found, world.side()
    waits = world.elsewhere("dqbuf", name, side) if device.blocking else ()
    waits = waits or world.elsewhere("poll", name, "events=io", "ms=1500")
    if not waits:
        return ()
    stopped = () if world.abrupt else world.stop(name)
    world.forget(name)
    return (*waits, world.call("sleep", "ms=1"), *stopped, world.call("close", name))


def _meet_poll(world: World) -> tuple[Call, ...]:
    """One thread sleeps until a buffer is done while another one takes all of them away."""
    if not (found := world.device()):
        return ()
    (name, device), side = found, world.side()
    waits = world.elsewhere(world.random.choice(("poll", "select")), name, "events=io", "ms=1500")
    if not waits:
        return ()
    device.queues[side].streaming = False
    meanwhile = [world.call("streamoff", name, side)]
    if world.chance(0.5):
        count = world.random.choice((0, 1, 2)) if not device.blocking else 1
        device.queues[side].count = count
        meanwhile.append(world.call("reqbufs", name, side, f"count={count}", "memory=mmap"))
    return (*waits, world.call("sleep", "ms=1"), *meanwhile)


MOVES = (
    Move("reqbufs", 0.8, _reqbufs),
    Move("createbufs", 0.6, _createbufs),
    Move("removebufs", 0.3, _removebufs),
    Move("querybuf", 0.8, _querybuf),
    Move("expbuf", 1, _expbuf),
    _qbuf("qbuf", 2.5),
    _qbuf("preparebuf", 0.4),
    Move("dqbuf", 2.5, _dqbuf),
    Move("frame", 2.5, _frame, always=True),
    _holes("holes", 0.2, prepared=False),
    _holes("holes-prepared", 0.1, prepared=True),
    Move("user-memory", 0.3, _user_memory),
    Move("meet", 0.8, _meet),
    Move("meet-close", 0.3, _meet_close),
    Move("meet-poll", 0.5, _meet_poll),
)
