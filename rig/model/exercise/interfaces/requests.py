# SPDX-License-Identifier: GPL-2.0-only
"""Media requests."""

from rig.model.exercise.history import Call
from rig.model.exercise.move import Move
from rig.model.exercise.world import World


def _request(world: World) -> tuple[Call, ...]:
    if not world.room("r"):
        return ()
    calls, media = world.one_or_new("x", "media")
    return (*calls, world.call("request", media, result=world.make("r")))


def _put(world: World) -> tuple[Call, ...]:
    found = world.device()
    made = world.request(found[1]) if found else None
    if not made or not found:
        return ()
    return (world.call("put", found[0], made, world.index(found[1].queues["out"])),)


def _qbuf(world: World) -> tuple[Call, ...]:
    """A buffer in a request without its controls; on CAPTURE there is no such thing."""
    found = world.device()
    made = world.request(found[1]) if found else None
    if not made or not found:
        return ()
    side = world.side()
    words = (world.index(found[1].queues[side]), f"request={made}")
    return (world.call("qbuf", found[0], side, *words),)


def _one(name: str, weight: float) -> Move:
    def make(world: World) -> tuple[Call, ...]:
        made = world.one("r")
        return (world.call(name, made),) if made else ()

    return Move(f"request-{name}", weight, make)


def _close(world: World) -> tuple[Call, ...]:
    if not (made := world.one("r")):
        return ()
    world.forget(made)
    return (world.call("close", made),)


def _forget(world: World) -> tuple[Call, ...]:
    """Nobody but the driver knows of it any more."""
    if not (made := world.one("r")):
        return ()
    world.forget(made)
    return (world.call("queue", made), world.call("close", made))


def _wait(world: World) -> tuple[Call, ...]:
    made = world.one("r")
    return (world.call("poll", made, "events=p", "ms=1500"),) if made else ()


def _topology(world: World) -> tuple[Call, ...]:
    calls, media = world.one_or_new("x", "media")
    return (*calls, world.call("topology", media))


MOVES = (
    Move("request", 0.8, _request),
    Move("request-put", 1, _put),
    Move("request-qbuf", 0.5, _qbuf),
    _one("queue", 1),
    _one("reinit", 0.6),
    Move("request-forget", 0.4, _forget),
    Move("request-close", 0.5, _close),
    Move("request-wait", 0.6, _wait),
    Move("topology", 0.15, _topology),
)
