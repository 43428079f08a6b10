# SPDX-License-Identifier: GPL-2.0-only
"""Other processes: children that make one call, or just hold all descriptors and mappings for a
while; descriptors in messages; processes that are killed."""

from rig.model.exercise.history import Call
from rig.model.exercise.move import Move
from rig.model.exercise.world import World

# Milliseconds that a child stays after its call.
_LINGER = (0, 1, 30, 200)


def _child(world: World) -> tuple[Call, ...]:
    if not world.room("p"):
        return ()
    words = _of_child(world)
    linger = f"linger={world.random.choice(_LINGER)}"
    made = world.make("p")
    ended = world.random.choice(((), ("await",), ("kill",)))
    calls = [world.call("child", *words, linger, result=made)]
    for name in ended:
        if world.chance(0.5):
            calls.append(world.call("sleep", "ms=1"))
        calls.append(world.call(name, made))
    if ended:
        world.forget(made)
    return tuple(calls)


def _of_child(world: World) -> tuple[str, ...]:
    """A call, or none: nothing that leaves a stream on, since nobody stops it."""
    found = world.device()
    if not found or world.chance(0.25):
        return ()
    name, device = found
    side = world.side()
    index = world.index(device.queues[side])
    memory = world.memory(device, side)
    calls: list[tuple[str, ...]] = [
        ("dqbuf", name, side),
        ("dqbuf", name, side),
        ("poll", name, "events=io", "ms=1500"),
        ("select", name, "events=io", "ms=1500"),
        ("streamoff", name, side),
        ("querybuf", name, side, index),
        ("expbuf", name, side, index),
        ("mmap", name, side, index),
        ("close", name),
    ]
    if memory is not None:
        calls.append(("qbuf", name, side, index, *memory))
    if made := world.one("r"):
        calls.append(("queue", made))
    return world.random.choice(calls)


def _kill(world: World) -> tuple[Call, ...]:
    if not (name := world.one("p")):
        return ()
    world.forget(name)
    return (world.call(world.random.choice(("kill", "await")), name),)


def _pass(world: World) -> tuple[Call, ...]:
    """For a while only the message keeps it open."""
    name = world.one("vdsr")
    if not name or not world.room(name[0]):
        return ()
    send = world.call("send", name)
    calls = [send]
    made = world.make(name[0])
    world.alias(made, name)
    # Nobody may ever receive what streams.
    if world.chance(0.5) and (name[0] != "v" or world.abrupt):
        world.forget(name)
        calls.append(world.call("close", name))
    return (*calls, world.call("receive", result=made))


def _send(world: World) -> tuple[Call, ...]:
    """Nobody receives it, unless by mistake."""
    name = world.one("dsr")
    return (world.call("send", name),) if name else ()


MOVES = (
    Move("child", 0.5, _child),
    Move("kill", 0.3, _kill),
    Move("pass", 0.4, _pass),
    Move("send", 0.1, _send, rare=True),
)
