# SPDX-License-Identifier: GPL-2.0-only
"""Dma-bufs and sync_files, and queues that import."""

from rig.model.exercise.history import Call
from rig.model.exercise.move import Move
from rig.model.exercise.world import SIDES, World


def _heap(world: World) -> tuple[Call, ...]:
    if not world.room("d"):
        return ()
    where = world.random.choice(("system", "system", "cma", "udmabuf", "vgem"))
    found = world.device()
    about = (found[0], world.side()) if found else ()
    words = (*about, f"from={where}", *world.odds("size", "1", "n-1", "n+4096"))
    return (world.call("heap", *words, result=world.make("d")),)


def _import_queue(world: World) -> tuple[Call, ...]:
    """A queue of other memory, if it has none in use, and a buffer of it queued.

    What is queued there later may not fit, whatever is drawn: calls of threads come in any order.
    """
    if not world.stray or not world.room("d") or not (found := world.device()):
        return ()
    name, device = found
    side = world.side()
    device.queues[side].count, device.queues[side].memory = 2, "dmabuf"
    made = world.make("d")
    world.fits(device, side, made)
    return (
        world.call("streamoff", name, side),
        world.call("reqbufs", name, side, "count=2", "memory=dmabuf"),
        world.call("heap", name, side, "from=system", result=made),
        world.call("qbuf", name, side, "index=0", f"fd={made}"),
        world.call("streamon", name, side),
    )


def _import_job(world: World) -> tuple[Call, ...]:
    """A file that nobody else uses before its jobs are done, so that what is queued there fits.

    A decoder is given nothing to decode: its OUTPUT queue has no buffers.
    """
    if not world.room("v") or not world.room("d"):
        return ()
    sides = SIDES[1:] if world.requests else SIDES
    name, memory = world.make("v"), world.random.choice(("dmabuf", "dmabuf", "userptr"))
    calls = [world.call("open", "nonblock", result=name), world.call("setup", name)]
    for side in sides:
        calls.append(world.call("reqbufs", name, side, "count=2", f"memory={memory}"))
        calls += _imported(world, name, side, memory)
    calls += (world.call("streamon", name, side) for side in sides)
    calls.append(world.call("poll", name, "events=io", "ms=1500"))
    for side in sides:
        calls.append(world.call("dqbuf", name, side))
        # In other memory, which takes the place of what is there.
        calls += _imported(world, name, side, memory)
    calls += (world.call("streamoff", name, side) for side in sides)
    if world.chance(0.5):
        given_back = ("count=0", f"memory={memory}")
        calls += (world.call("reqbufs", name, side, *given_back) for side in sides)
    return tuple(calls)


def _imported(world: World, name: str, side: str, memory: str) -> tuple[Call, ...]:
    """The first buffer, queued in memory that nobody has seen before."""
    if memory != "dmabuf":
        return (world.call("qbuf", name, side, "index=0"),)
    if not world.room("d"):
        return ()
    made = world.make("d")
    calls = [*_exported(world, name, side, made)]
    words = (name, side, "index=0", f"fd={made}")
    if world.chance(0.3):
        calls.append(world.call("preparebuf", *words))
    return (*calls, world.call("qbuf", *words))


def _exported(world: World, name: str, side: str, made: str) -> tuple[Call, ...]:
    """Memory as large as a buffer: of a heap, or of another file of the driver."""
    if world.chance(0.3) and world.room("v"):
        other = world.make("v")
        return (
            world.call("open", "nonblock", result=other),
            world.call("setup", other),
            world.call("reqbufs", other, side, "count=1", "memory=mmap"),
            world.call("expbuf", other, side, "index=0", result=made),
        )
    source = world.random.choice(("system", "cma")) if world.scattered else "cma"
    return (world.call("heap", name, side, f"from={source}", result=made),)


def _for(world: World) -> str:
    if world.chance(world.odd):
        return "for=" + world.random.choice(("none", "more"))
    return "for=" + world.random.choice(("read", "write", "both"))


def _seek(world: World) -> tuple[Call, ...]:
    if not (name := world.one("d")):
        return ()
    return (world.call("seek", name, "to=0", "end"), world.call("seek", name, "to=4096"))


def _sync(world: World) -> tuple[Call, ...]:
    if not (name := world.one("d")):
        return ()
    how = _for(world)
    begin, end = world.call("sync", name, how), world.call("sync", name, how, "end=1")
    return (begin, end) if world.chance(0.8) else (end,)


def _export(world: World) -> tuple[Call, ...]:
    """The fences of a buffer, and what one does with them."""
    if not world.room("s"):
        return ()
    calls: tuple[Call, ...] = ()
    name = world.one("d")
    if not name:
        if not world.room("d") or not (found := world.device()):
            return ()
        side = world.side()
        name = world.make("d")
        index = world.index(found[1].queues[side])
        calls = (world.call("expbuf", found[0], side, index, result=name),)
    made = world.make("s")
    calls += (world.call("export", name, _for(world), result=made),)
    then = (
        (),
        (world.call("info", made),),
        (world.call("poll", made, "ms=1500"), world.call("info", made)),
        (world.call("import", name, made, _for(world)),),
        (world.call("deadline", made, "ms=1"),),
    )
    return calls + world.random.choice(then)


def _import(world: World) -> tuple[Call, ...]:
    name, fence = world.one("d"), world.one("s")
    return (world.call("import", name, fence, _for(world)),) if name and fence else ()


def _merge(world: World) -> tuple[Call, ...]:
    one, other = world.one("s"), world.one("s")
    if not one or not other or not world.room("s"):
        return ()
    return (world.call("merge", one, other, result=world.make("s")),)


def _info(world: World) -> tuple[Call, ...]:
    if not (name := world.one("s")):
        return ()
    poll = world.call("poll", name, f"ms={world.random.choice((0, 1500))}")
    info = world.call("info", name)
    return (poll, info) if world.chance(0.5) else (info,)


def _name(world: World) -> tuple[Call, ...]:
    name = world.one("d")
    return (world.call("setname", name),) if name else ()


def _deadline(world: World) -> tuple[Call, ...]:
    if not (name := world.one("s")):
        return ()
    return (world.call("deadline", name, f"ms={world.random.choice((0, 1, 50))}"),)


MOVES = (
    Move("heap", 0.5, _heap),
    Move("import-queue", 0.7, _import_queue),
    Move("import-job", 0.4, _import_job),
    Move("seek", 0.1, _seek),
    Move("sync", 0.5, _sync),
    Move("export", 0.8, _export),
    Move("import", 0.5, _import),
    Move("merge", 0.3, _merge),
    Move("info", 0.6, _info),
    Move("set-name", 0.15, _name),
    Move("deadline", 0.2, _deadline),
)
