# SPDX-License-Identifier: GPL-2.0-only
"""A device loses its driver, whoever uses it, and gets it back."""

from rig.model.exercise.history import Call
from rig.model.exercise.move import Move
from rig.model.exercise.world import World


def _unbind(world: World) -> tuple[Call, ...]:
    """Perhaps while somebody waits; files that are open then have no device any more."""
    if not (found := world.device()):
        return ()
    name, device = found
    side = world.side()
    waits = ("dqbuf", name, side) if device.blocking else ("poll", name, "events=io", "ms=1500")
    before = world.elsewhere(*waits) if world.chance(0.5) else ()
    asked = (
        ("qbuf", name, side, "index=0"),
        ("dqbuf", name, side),
        ("poll", name, "events=io", "ms=0"),
        ("querybuf", name, side, "index=0"),
        ("expbuf", name, side, "index=0"),
        ("mmap", name, side, "index=0"),
        ("streamoff", name, side),
        ("format", name, side, "get"),
        ("subscribe", name, "event=2"),
    )
    meanwhile = [world.call(*words) for words in world.random.sample(asked, 3)]
    if world.abrupt and world.chance(0.3):
        meanwhile.append(world.call("close", name))
        world.forget(name)
    return (*before, world.call("unbind"), *meanwhile, world.call("bind"))


MOVES = (Move("unbind", 1, _unbind, always=True),)
