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
    return (world.call("mmap", found[0], side, *words, result=world.make("m")),)


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


def _mremap(world: World) -> tuple[Call, ...]:
    if not (name := world.one("m")):
        return ()
    size = world.random.choice(("n+4096", "n/2", "n"))
    return (world.call("mremap", name, f"size={size}"),)


def _touch(world: World) -> tuple[Call, ...]:
    name = world.one("m")
    return (world.call("touch", name),) if name else ()


MOVES = (
    Move("mmap", 1.5, _mmap),
    Move("mmap-dmabuf", 0.6, _mmap_dmabuf),
    Move("munmap", 0.8, _munmap),
    Move("mremap", 0.4, _mremap),
    Move("touch", 0.5, _touch),
)
