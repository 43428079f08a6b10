# SPDX-License-Identifier: GPL-2.0-only
"""Mappings of buffers and of dma-bufs."""

from rig.model.exercise.history import Call
from rig.model.exercise.move import Move
from rig.model.exercise.world import World


def _mmap(world: World) -> tuple[Call, ...]:
    if not world.room("m") or not (found := world.device()):
        return ()
    side = world.side()
    words = [world.index(found[1].queues[side]), *_how(world)]
    words += world.odds("size", "n+1", "n+4096", "n+1073741824", "n/2")
    words += world.odds("further", "4096", "n")
    made = world.make("m")
    call = world.call("mmap", found[0], side, *words, result=made)
    return (call, world.call("touch", made)) if world.chance(0.4) else (call,)


def _how(world: World) -> tuple[str, ...]:
    read_only = ("ro",) if world.chance(0.2) else ()
    return (*read_only, "private") if world.chance(world.odd) else read_only


def _mmap_dmabuf(world: World) -> tuple[Call, ...]:
    fd = world.one("d")
    if not fd or not world.room("m"):
        return ()
    words = (*_how(world), *world.odds("size", "n+4096", "n/2"))
    return (world.call("mmap", fd, *words, result=world.make("m")),)


def _munmap(world: World) -> tuple[Call, ...]:
    if not (name := world.one("m")):
        return ()
    world.forget(name)
    return (world.call("munmap", name),)


def _unmap(world: World) -> tuple[Call, ...]:
    """A part of it; what is left goes with the program."""
    if not (name := world.one("m")):
        return ()
    world.forget(name)
    where = world.random.choice((("size=4096",), ("from=n/2", "size=n"), ("from=4096",)))
    return (world.call("unmap", name, *where),)


def _protect(world: World) -> tuple[Call, ...]:
    if not (name := world.one("m")):
        return ()
    return (world.call("protect", name, *(("ro",) if world.chance(0.5) else ())),)


def _mremap(world: World) -> tuple[Call, ...]:
    if not (name := world.one("m")):
        return ()
    size = world.random.choice(("n+4096", "n/2", "n"))
    return (world.call("mremap", name, f"size={size}"),)


def _touch(world: World) -> tuple[Call, ...]:
    name = world.one("m")
    return (world.call("touch", name),) if name else ()


def _meet(world: World) -> tuple[Call, ...]:
    """One thread maps what another one gives back."""
    if not (found := world.device()):
        return ()
    name, device = found
    side = world.side()
    if device.blocking:
        return ()
    maps = world.elsewhere("mmap", name, side, "index=0")
    if not maps:
        return ()
    count = max(device.queues[side].count, 1)
    device.queues[side].streaming = False
    sizes = ("count=0", f"count={count}") * 2
    calls = [world.call("reqbufs", name, side, size, "memory=mmap") for size in sizes]
    return (world.call("streamoff", name, side), *maps * 4, *calls)


MOVES = (
    Move("mmap", 1.5, _mmap),
    Move("mmap-dmabuf", 0.6, _mmap_dmabuf),
    Move("munmap", 0.8, _munmap),
    Move("unmap", 0.2, _unmap),
    Move("protect", 0.2, _protect),
    Move("mremap", 0.4, _mremap),
    Move("touch", 0.5, _touch),
    Move("meet-mmap", 0.3, _meet),
)
