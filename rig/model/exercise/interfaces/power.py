# SPDX-License-Identifier: GPL-2.0-only
"""Sleep of the whole machine, whatever its threads and devices are at."""

from rig.model.exercise.history import Call
from rig.model.exercise.move import Move
from rig.model.exercise.world import World


def _suspend(world: World) -> tuple[Call, ...]:
    """Perhaps with a job that has just begun, or with somebody who waits."""
    found = world.device()
    before: tuple[Call, ...] = ()
    if found and world.chance(0.5):
        name, device = found
        waits = ("dqbuf", name, world.side()) if device.blocking else ("poll", name, "ms=1500")
        before = world.elsewhere(*waits)
    return (*before, world.call("suspend"))


MOVES = (Move("suspend", 0.3, _suspend, rare=True),)
