# SPDX-License-Identifier: GPL-2.0-only
"""What a device can be asked, and told, besides formats and buffers."""

from rig.model.exercise.history import Call
from rig.model.exercise.move import Move
from rig.model.exercise.world import World

# V4L2_SEL_TGT_*: crop, its default and its bounds, compose, its default, its bounds, its padding.
_TARGETS = (0, 1, 2, 256, 257, 258, 259)

# Of the picture that the workloads use, of a part of it, of none, and of one that is too large.
_PLACES = ((0, 0, 160, 128), (16, 16, 64, 48), (0, 0, 0, 0), (5, 3, 17, 33), (150, 120, 64000, 9))


# Sums of these in 32 bits are less than what is added.
_WRAPPING = ((64, 0, 4294967264, 128), (0, 64, 160, 4294967264))


def _value(world: World) -> tuple[str, str]:
    value = world.random.choice((0, 1, 1, 50, 90))
    return f"id={world.random.randrange(5)}", f"value={value}"


def _control(world: World) -> tuple[Call, ...]:
    if not (found := world.device()):
        return ()
    get = ("get",) if world.chance(0.3) else ()
    return (world.call("control", found[0], *_value(world), *get),)


def _controls(world: World) -> tuple[Call, ...]:
    """Of the device, its defaults, or of a request."""
    if not (found := world.device()):
        return ()
    verb = world.random.choice(((), ("get",), ("try",)))
    count = world.random.choice((0, 1, 1, 2))
    words = [*_value(world), f"count={count}", *verb]
    if world.requests and (made := world.request(found[1])) and world.chance(0.6):
        words.append(f"request={made}")
    elif world.chance(0.2):
        words.append("default")
    return (world.call("controls", found[0], *words),)


def _own(world: World) -> tuple[Call, ...]:
    """A control that the device has, whatever it is, of the device or of a request."""
    if not (found := world.device()):
        return ()
    verb = world.random.choice(("get", "get", "set", "try"))
    words = [f"place={world.random.randrange(12)}", verb]
    if verb != "get":
        words.append(f"value={world.random.choice(('n', '0', '1', 'n+1', '4294967295'))}")
    words += world.odds("size", "0", "n-1", "n/2", "n+1")
    if world.requests and (made := world.request(found[1])) and world.chance(0.6):
        words.append(f"request={made}")
    return (world.call("own", found[0], *words),)


def _crop(world: World) -> tuple[Call, ...]:
    if not (found := world.device()):
        return ()
    return (world.call("crop", found[0], world.side()),)


def _query(world: World) -> tuple[Call, ...]:
    if not (found := world.device()):
        return ()
    more = ("next",) if world.chance(0.5) else ()
    return (world.call("querycontrol", found[0], f"id={world.random.randrange(5)}", *more),)


def _selection(
    name: str, weight: float, places: tuple[tuple[int, int, int, int], ...] = ()
) -> Move:
    def make(world: World) -> tuple[Call, ...]:
        if not (found := world.device()):
            return ()
        about = (found[0], world.side())
        target = f"target={world.random.choice(_TARGETS)}"
        get = world.call("selection", *about, "get", target)
        if not places:
            return (get,)
        names = ("left", "top", "width", "height")
        place = zip(names, world.random.choice(places), strict=True)
        words = [*(f"{name}={value}" for name, value in place)]
        words += world.odds("flags", "1", "2", "3", "8")
        return (world.call("selection", *about, "set", target, *words), get)

    return Move(name, weight, make)


def _priority(world: World) -> tuple[Call, ...]:
    """One that is low keeps a file from setting anything, and from stopping its streams."""
    if not (found := world.device()):
        return ()
    if world.chance(0.5):
        return (world.call("priority", found[0], "get"),)
    value = world.random.choice((1, 2, 9) if world.abrupt else (2, 9))
    return (world.call("priority", found[0], "set", f"value={value}"),)


def _rate(world: World) -> tuple[Call, ...]:
    if not (found := world.device()):
        return ()
    verb = ("set", f"value={world.random.choice((0, 1, 2))}") if world.chance(0.5) else ("get",)
    return (world.call("rate", found[0], world.side(), *verb),)


def _sizes(world: World) -> tuple[Call, ...]:
    if not (found := world.device()):
        return ()
    return (world.call("sizes", found[0], world.side(), f"index={world.random.randrange(6)}"),)


def _capabilities(world: World) -> tuple[Call, ...]:
    found = world.device()
    return (world.call("capabilities", found[0]),) if found else ()


def _transfer(world: World) -> tuple[Call, ...]:
    if not (found := world.device()):
        return ()
    return (world.call("transfer", found[0], world.random.choice(("read", "write"))),)


MOVES = (
    Move("control", 0.4, _control),
    Move("controls", 0.5, _controls),
    Move("query-control", 0.2, _query),
    Move("own-control", 0.5, _own),
    Move("crop", 0.1, _crop),
    _selection("selection-get", 0.2),
    _selection("selection-set", 0.3, _PLACES),
    _selection("selection-wrap", 0.1, _WRAPPING),
    Move("priority", 0.2, _priority),
    Move("rate", 0.2, _rate),
    Move("sizes", 0.2, _sizes),
    Move("capabilities", 0.1, _capabilities),
    Move("transfer", 0.1, _transfer, rare=True),
)
