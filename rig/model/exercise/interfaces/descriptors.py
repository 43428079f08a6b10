# SPDX-License-Identifier: GPL-2.0-only
"""Descriptors of whatever kind: made again, closed, waited for; threads that are interrupted."""

from rig.model.exercise.history import THREADS, Call
from rig.model.exercise.move import Move
from rig.model.exercise.world import World

# Milliseconds; the last one is longer than any job.
_WAITS = (0, 0, 10, 60, 1500)


def _dup(world: World) -> tuple[Call, ...]:
    name = world.one("vdsr")
    if not name or not world.room(name[0]):
        return ()
    made = world.make(name[0])
    world.alias(made, name)
    return (world.call("dup", name, result=made),)


def _close(world: World) -> tuple[Call, ...]:
    if not (name := world.one("vdserxt")):
        return ()
    stopped = world.stop(name) if name[0] == "v" and not world.abrupt else ()
    world.forget(name)
    return (*stopped, world.call("close", name))


def _events(world: World) -> str:
    return "events=" + world.random.choice(("i", "o", "io", "p", "iop"))


def _poll(world: World) -> tuple[Call, ...]:
    if not (name := world.one("vvvdsr")):
        return ()
    more = world.one("vdsr") if world.chance(0.2) else None
    names = (name, more) if more else (name,)
    wait = f"ms={world.random.choice(_WAITS)}"
    return (world.call("poll", *names, _events(world), wait),)


def _select(world: World) -> tuple[Call, ...]:
    if not (name := world.one("vvvdsr")):
        return ()
    wait = f"ms={world.random.choice(_WAITS)}"
    return (world.call("select", name, _events(world), wait),)


def _mode(world: World) -> tuple[Call, ...]:
    """A file whose calls wait from now on, or do not any more; it is not asked to wait for long."""
    if not (found := world.device()):
        return ()
    if found[1].blocking:
        return (world.call("nonblock", found[0]),)
    return (world.call("block", found[0]), world.call("nonblock", found[0]))


def _watch(world: World) -> tuple[Call, ...]:
    if not (name := world.one("vdsr")):
        return ()
    calls, epoll = world.one_or_new("e", "epoll")
    edge = ("edge=1",) if world.chance(0.3) else ()
    once = ("once=1",) if world.chance(0.2) else ()
    calls += (world.call("watch", epoll, name, _events(world), *edge, *once),)
    again = world.call("rewatch", epoll, name, _events(world))
    return (*calls, again) if world.chance(0.3) else calls


def _unwatch(world: World) -> tuple[Call, ...]:
    epoll, name = world.one("e"), world.one("vdsr")
    return (world.call("unwatch", epoll, name),) if epoll and name else ()


def _ewait(world: World) -> tuple[Call, ...]:
    epoll = world.one("e")
    wait = f"ms={world.random.choice(_WAITS)}"
    return (world.call("ewait", epoll, wait),) if epoll else ()


def _sleep(world: World) -> tuple[Call, ...]:
    return (world.call("sleep", f"ms={world.random.choice((1, 10, 30))}"),)


def _signal(world: World) -> tuple[Call, ...]:
    return (world.call("signal", f"thread={world.random.randrange(THREADS)}"),)


MOVES = (
    Move("dup", 0.4, _dup),
    Move("close", 0.8, _close),
    Move("poll", 1.5, _poll),
    Move("select", 0.5, _select),
    Move("mode", 0.2, _mode),
    Move("watch", 0.7, _watch),
    Move("unwatch", 0.2, _unwatch),
    Move("ewait", 0.5, _ewait),
    Move("sleep", 0.7, _sleep),
    Move("signal", 0.3, _signal),
)
