# SPDX-License-Identifier: GPL-2.0-only
"""Allocations that fail, in one call of the thread."""

from rig.model.exercise.history import Call
from rig.model.exercise.move import Move
from rig.model.exercise.world import World

# Which allocation of the call.
_LATEST = 8


def _nth(world: World) -> Call:
    return world.call("fail", f"nth={world.random.randint(1, _LATEST)}")


def _fail(name: str, weight: float) -> Move:
    """A call on a queue whose allocation fails; it has a name, which a scenario may leave out."""

    def make(world: World) -> tuple[Call, ...]:
        if not (found := world.device()):
            return ()
        file, device = found
        side = world.side()
        index = world.index(device.queues[side])
        memory = world.memory(device, side)
        words: dict[str, tuple[str, ...]] = {
            "reqbufs": ("count=2", "memory=mmap"),
            "createbufs": ("count=1",),
            "qbuf": (index, *(memory or ())),
            "expbuf": (index,),
            "mmap": (index,),
        }
        if memory is None and name == "qbuf":
            return ()
        kind = {"expbuf": "d", "mmap": "m"}.get(name, "")
        if kind and not world.room(kind):
            return ()
        freed = world.free(file, side) if name == "reqbufs" else ()
        if name == "reqbufs":
            device.queues[side].count = 2
        result = world.make(kind) if kind else ""
        call = world.call(name, file, side, *words.get(name, ()), result=result)
        return (*freed, _nth(world), call)

    return Move(f"fail-{name}", weight, make, rare=True)


def _open(world: World) -> tuple[Call, ...]:
    return (_nth(world), world.call("open", "nonblock"))


def _request(world: World) -> tuple[Call, ...]:
    if not world.requests or not world.room("r"):
        return ()
    calls, media = world.one_or_new("x", "media")
    return (*calls, _nth(world), world.call("request", media, result=world.make("r")))


def _queue(world: World) -> tuple[Call, ...]:
    if not (name := world.one("r")):
        return ()
    return (_nth(world), world.call("queue", name))


def _export(world: World) -> tuple[Call, ...]:
    if not (name := world.one("d")) or not world.room("s"):
        return ()
    return (_nth(world), world.call("export", name, "for=read", result=world.make("s")))


MOVES = (
    _fail("reqbufs", 0.3),
    _fail("createbufs", 0.3),
    _fail("qbuf", 0.3),
    _fail("expbuf", 0.3),
    _fail("mmap", 0.2),
    _fail("streamon", 0.3),
    _fail("setup", 0.1),
    Move("fail-open", 0.3, _open, rare=True),
    Move("fail-request", 0.3, _request, rare=True),
    Move("fail-queue", 0.3, _queue, rare=True),
    Move("fail-export", 0.2, _export, rare=True),
)
