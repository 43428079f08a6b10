# SPDX-License-Identifier: GPL-2.0-only
"""Files of /proc and debugfs whose readers take locks of what the calls are about."""

from rig.model.exercise.history import Call
from rig.model.exercise.move import Move
from rig.model.exercise.world import World

_FILES = ("maps", "smaps", "statm", "bufinfo", "bufinfo", "timelines", "vmallocinfo")


def _look(world: World) -> tuple[Call, ...]:
    name = world.one("vddsr") if world.chance(0.4) else None
    words = ("fdinfo", name) if name else (world.random.choice(_FILES),)
    return (world.call("look", *words),)


MOVES = (Move("look", 0.4, _look),)
