# SPDX-License-Identifier: GPL-2.0-only
"""Who listens by epoll, which is told of descriptors once and then waits for them to speak."""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import unpack_from

from rig.evidence.descriptors import Thing
from rig.judge.oracles.uapi.polls import IN, LONG, OUT, PRI, Poll, polls
from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.rule import Rule, Seen

_ADD, _MODIFY = 1, 3

# EPOLLET and EPOLLONESHOT: who asks for these is not told again.
_ONCE = 0xC0000000

# Between waking up and asking; nothing becomes ready by accident after waiting so long.
_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class _Wait:
    """An epoll_wait(), what it was for, and what the same thread did next."""

    step: Step
    watched: dict[int, tuple[Thing, int]]
    after: Step | None

    @property
    def waited(self) -> int:
        return self.step.call.ended - self.step.call.began


def _waits(program: Program) -> Iterator[_Wait]:
    """Of sets that one thread alone uses."""
    sets: dict[Thing, dict[int, tuple[Thing, int]]] = {}
    for at, step in enumerate(program.steps):
        if step.about is None or not step.done:
            continue
        if step.name == "epoll_ctl":
            _learn(step, sets.setdefault(step.about, {}))
        elif step.name == "epoll_wait":
            yield _Wait(step, dict(sets.get(step.about, {})), _next(program, at))


def _learn(step: Step, watched: dict[int, tuple[Thing, int]]) -> None:
    call = step.call
    op, fd = call.request >> 32, call.request & 0xFFFFFFFF
    watched.pop(fd, None)
    thing = step.named
    if op in (_ADD, _MODIFY) and thing and len(call.before) >= 4:
        [events] = unpack_from("<I", call.before)
        if not events & _ONCE:
            watched[fd] = thing, events


def _next(program: Program, at: int) -> Step | None:
    own = program.steps[at].call
    for step in program.steps[at + 1 :]:
        if step.call.thread == own.thread and step.call.begin > own.end:
            return step
    return None


def _told(program: Program) -> Iterator[Seen]:
    asked = {
        poll.step.call.begin: poll for kind in ("video", "request") for poll in polls(program, kind)
    }
    for wait in _waits(program):
        if program.faulty:
            continue
        if wait.step.call.result and wait.watched:
            yield Seen(wait.step)
        for thing, events in wait.watched.values():
            if (
                wait.step.call.result
                or wait.waited < LONG
                or not _ready(wait, thing, events, asked)
            ):
                continue
            told = f"{wait.step} said nothing of {thing} for {wait.waited} ns, then {wait.after} "
            yield Seen(wait.step, f"{told}found it ready")


def _ready(wait: _Wait, thing: Thing, events: int, asked: dict[int, Poll]) -> bool:
    """Whether what was asked right after it shows that there had been something to tell."""
    after = wait.after
    if after is None or after.about != thing or after.contended:
        return False
    if after.call.began - wait.step.call.ended > _AT_ONCE:
        return False
    if after.name == "VIDIOC_DQBUF":
        return after.done and bool(events & (OUT if after.output else IN))
    poll = asked.get(after.call.begin)
    return bool(poll and poll.waited < _AT_ONCE and poll.told & events & (IN | OUT | PRI))


RULES = (
    Rule(
        "epoll-lost",
        "documented",
        "Who listens by epoll is told, also if there was nothing to tell when it began to listen.",
        "userspace-api/media/v4l/func-poll.rst and userspace-api/media/mediactl/"
        "request-func-poll.rst: it waits until a buffer can be dequeued, or a request is complete",
        _told,
    ),
)
