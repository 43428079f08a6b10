# SPDX-License-Identifier: GPL-2.0-only
"""Video devices: files, formats, commands, events, streams."""

from rig.model.exercise.history import Call
from rig.model.exercise.move import Move
from rig.model.exercise.world import SIDES, Device, World


def _begin(world: World) -> tuple[Call, ...]:
    """A file, mostly made ready for jobs, sometimes left half way."""
    if not world.room("v"):
        return ()
    blocking = world.chance(0.4)
    device = Device(world.make("v"), blocking)
    world.add(device)
    name, mode = device.name, () if blocking else ("nonblock",)
    calls = [world.call("open", *mode, result=name), world.call("setup", name)]
    for side in SIDES:
        queue = device.queues[side]
        queue.count = world.random.randint(1, 4)
        calls.append(world.call("reqbufs", name, side, f"count={queue.count}", "memory=mmap"))
    for index in range(device.queues["cap"].count):
        calls.append(world.call("qbuf", name, "cap", f"index={index}"))
    for side in SIDES:
        device.queues[side].streaming = True
        calls.append(world.call("streamon", name, side))
    if world.chance(0.75):
        return tuple(calls)
    for queue in device.queues.values():
        queue.streaming = False
    return tuple(calls[: world.random.randint(2, len(calls) - 1)])


def _stream(name: str, streaming: bool) -> Move:
    def make(world: World) -> tuple[Call, ...]:
        if not (found := world.device()):
            return ()
        side = world.side()
        found[1].queues[side].streaming = streaming
        return (world.call(name, found[0], side),)

    return Move(name, 1.2, make)


def _setup(world: World) -> tuple[Call, ...]:
    if not (found := world.device()):
        return ()
    world.unfit(found[1])
    return (world.call("setup", found[0]),)


def _format(name: str, weight: float, *verbs: str, wishes: bool = False) -> Move:
    def make(world: World) -> tuple[Call, ...]:
        if not (found := world.device()):
            return ()
        verb = world.random.choice(verbs)
        if verb == "set":
            world.unfit(found[1])
        size = world.random.choice(((160, 128), (0, 0), (17, 33), (320, 240), (640, 368)))
        words = [f"index={world.random.randrange(40)}", f"width={size[0]}", f"height={size[1]}"]
        about = (found[0], world.side())
        words += _wishes(world) if wishes else ()
        call = world.call("format", *about, verb, *words)
        return (call, world.call("format", *about, "get")) if verb == "set" else (call,)

    return Move(name, weight, make)


def _wishes(world: World) -> tuple[str, ...]:
    """What no driver need heed: of V4L2_FIELD_*, of lines, of images, of planes."""
    wishes = (
        ("pixels", ("0", "1", "4294967295")),
        ("field", ("1", "4", "7", "99")),
        ("planes", ("1", "3", "8", "255")),
        ("stride", ("1", "4096", "4294967295")),
        ("size", ("1", "1048576", "4294967295")),
    )
    return tuple(
        f"{name}={world.random.choice(values)}" for name, values in wishes if world.chance(0.3)
    )


def _drain(world: World) -> tuple[Call, ...]:
    """The end of a stream, as a codec is told of it, and what comes after."""
    if not (found := world.device()):
        return ()
    name, device = found
    whose = world.random.choice(("encoder", "decoder"))
    calls = [world.call("subscribe", name, "event=2")] if world.chance(0.5) else []
    calls.append(world.call("command", name, whose, "command=1"))
    for _ in range(world.random.randint(1, 3)):
        calls.append(world.call("poll", name, "events=ip", "ms=60"))
        if not device.blocking:
            calls.append(world.call("dqbuf", name, "cap"))
    if not device.blocking:
        calls.append(world.call("dqevent", name))
    if world.chance(0.4):
        calls.append(world.call("streamoff", name, world.side()))
    if world.chance(0.7):
        calls.append(world.call("command", name, whose, "command=0"))
    return tuple(calls)


def _command(world: World) -> tuple[Call, ...]:
    """Beside each other, what a command that is tried returns must be what it does."""
    if not (found := world.device()):
        return ()
    whose = world.random.choice(("encoder", "decoder"))
    words = (found[0], whose, f"command={world.random.randrange(6)}")
    tried = (world.call("command", *words, "try"),) if world.chance(0.4) else ()
    return (*tried, world.call("command", *words))


def _control_event(world: World) -> tuple[Call, ...]:
    """A file that is told of what it sets itself: V4L2_EVENT_SUB_FL_ALLOW_FEEDBACK."""
    if not (found := world.device()) or found[1].blocking:
        return ()
    name = found[0]
    flags = f"flags={world.random.choice((2, 3))}"
    calls = [world.call("subscribe", name, "event=3", flags)]
    for _ in range(world.random.randint(1, 3)):
        calls.append(world.call("control", name, "id=0", f"value={world.random.choice((0, 1))}"))
    calls += [world.call("dqevent", name)] * world.random.randint(1, 2)
    if world.chance(0.3):
        calls.append(world.call("unsubscribe", name, "event=3"))
    return tuple(calls)


def _events(name: str, weight: float, *events: int) -> Move:
    def make(world: World) -> tuple[Call, ...]:
        if not (found := world.device()):
            return ()
        call = world.random.choice(("subscribe", "subscribe", "unsubscribe", "dqevent"))
        dequeue = world.call("dqevent", found[0])
        if call == "dqevent":
            return (dequeue,)
        words = [f"event={world.random.choice(events)}"]
        # V4L2_EVENT_SUB_FL_SEND_INITIAL and _ALLOW_FEEDBACK.
        words += [f"flags={world.random.randrange(4)}"] if call == "subscribe" else []
        then = (dequeue,) if world.chance(0.3) else ()
        return (world.call(call, found[0], *words), *then)

    return Move(name, weight, make)


MOVES = (
    Move("begin", 0.7, _begin, always=True),
    Move("setup", 0.3, _setup),
    _stream("streamon", streaming=True),
    _stream("streamoff", streaming=False),
    _format("format", 0.7, "get", "try"),
    _format("format-set", 0.4, "set"),
    _format("format-wishes", 0.2, "try", wishes=True),
    _format("format-set-wishes", 0.1, "set", wishes=True),
    Move("command", 0.7, _command),
    Move("drain", 0.5, _drain),
    # All, end of stream, change of the source, and one that there is not.
    _events("event", 0.3, 0, 2, 5, 77),
    _events("control-event", 0.3, 3),
    Move("control-feedback", 0.3, _control_event),
)
