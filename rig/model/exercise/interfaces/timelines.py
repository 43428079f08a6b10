# SPDX-License-Identifier: GPL-2.0-only
"""Fences of nobody's jobs (sw_sync), and who waits for them."""

from rig.model.exercise.history import Call
from rig.model.exercise.move import Move
from rig.model.exercise.world import World


def _fence(world: World) -> tuple[Call, ...]:
    """Several on one timeline, and perhaps all of them as one."""
    if not world.room("s") or not world.room("t"):
        return ()
    calls: tuple[Call, ...] = ()
    timeline = world.one("t")
    if not timeline or world.chance(0.5):
        timeline = world.make("t")
        calls = (world.call("timeline", result=timeline),)
    made = world.make("s")
    value = f"value={world.random.choice((1, 2, 3, 10))}"
    calls += (world.call("fence", timeline, value, result=made),)
    other = world.one("s")
    if world.chance(0.5) and other and world.room("s"):
        calls += (world.call("merge", made, other, result=world.make("s")),)
    return calls


def _advance(world: World) -> tuple[Call, ...]:
    if not (name := world.one("t")):
        return ()
    return (world.call("advance", name, f"by={world.random.choice((0, 1, 1, 2, 20))}"),)


def _held(world: World) -> tuple[Call, ...]:
    """A dma-buf for whose content somebody waits, for as long as it takes to say so: a device may
    have to wait for it, too."""
    name = world.one("d")
    if not name or not world.room("t") or not world.room("s"):
        return ()
    how = f"for={world.random.choice(('read', 'write', 'both'))}"
    timeline, fence = world.make("t"), world.make("s")
    count = world.random.choice((1, 1, 2))
    calls = [world.call("timeline", result=timeline)]
    calls.append(world.call("fence", timeline, f"value={count}", result=fence))
    calls.append(world.call("import", name, fence, how))
    if world.chance(0.5):
        access = ("sync", name, f"for={world.random.choice(('read', 'write'))}")
        asked = world.random.choice((access, ("poll", name, "events=io", "ms=1500")))
        calls += world.elsewhere(*asked)
    calls += _asked(world, name, fence)
    calls.append(world.call("sleep", "ms=1"))
    calls.append(world.call("advance", timeline, f"by={count}"))
    return tuple(calls)


def _asked(world: World, name: str, fence: str) -> tuple[Call, ...]:
    """What the same thread asks meanwhile."""
    if not world.room("s"):
        return ()
    made = world.make("s")
    access = f"for={world.random.choice(('read', 'write', 'both'))}"
    calls = (
        world.call("export", name, access, result=made),
        world.call("poll", made, "ms=0"),
        world.call("info", made),
    )
    then = world.random.choice(("", "import", "merge"))
    if then == "import":
        return (*calls, world.call("import", name, made, access))
    if then == "merge" and world.room("s"):
        return (*calls, world.call("merge", made, fence, result=world.make("s")))
    return calls


def _race(world: World) -> tuple[Call, ...]:
    """One thread waits for a fence, or asks about it, while another one signals it."""
    if not world.room("t") or not world.room("s"):
        return ()
    if not (name := world.one("s")):
        return ()
    asked = world.random.choice(
        (("poll", name, "ms=1500"), ("info", name), ("merge", name, name), ("close", name))
    )
    if not (waits := world.elsewhere(*asked)):
        return ()
    if asked[0] == "close":
        world.forget(name)
    advance = [world.call("advance", each, "by=1") for each in world.names("t")[:2]]
    return (*waits, *advance)


MOVES = (
    Move("fence", 0.5, _fence),
    Move("advance", 0.4, _advance),
    Move("held", 0.6, _held),
    Move("fence-race", 0.3, _race),
)
