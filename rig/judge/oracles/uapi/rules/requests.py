# SPDX-License-Identifier: GPL-2.0-only
"""Media requests."""

from collections.abc import Iterator
from errno import EBUSY, ENOENT

from rig.evidence.descriptors import Thing
from rig.judge.oracles.uapi.polls import LONG, PRI, polls, queue_states
from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.rule import Rule, Seen, expect

_QUEUE, _REINIT = "MEDIA_REQUEST_IOC_QUEUE", "MEDIA_REQUEST_IOC_REINIT"


def _lives(program: Program) -> Iterator[tuple[Step, str, int]]:
    """Calls on requests, with what is known of each as it begins: "new", "queued" (complete or
    not), "complete" or "unknown"; and how many buffers it holds."""
    state: dict[Thing, str] = {}
    held: dict[Thing, int] = {}
    for step in program.steps:
        if step.request and step.done:
            held[step.request] = held.get(step.request, 0) + 1
        if step.about is None or step.about.kind != "request":
            continue
        yield step, state.get(step.about, "new"), held.get(step.about, 0)
        if step.name == _QUEUE and step.done:
            state[step.about] = "queued"
        elif step.name == _REINIT and step.done:
            state[step.about], held[step.about] = "new", 0
        elif step.name == "poll" and _told(step) & PRI and state.get(step.about) == "queued":
            state[step.about] = "complete"


def _told(step: Step) -> int:
    return int.from_bytes(step.call.after[6:8], "little") if step.done else 0


def _twice(program: Program) -> Iterator[Seen]:
    for step, state, _held in _lives(program):
        if step.name == _QUEUE and state in ("queued", "complete"):
            told = f"{step} of a request that was queued returned {step.answer}, EBUSY was due"
            yield expect(step, step.error == EBUSY, told)


def _empty(program: Program) -> Iterator[Seen]:
    for step, state, held in _lives(program):
        if step.name == _QUEUE and state == "new" and not held:
            told = f"{step} without a buffer returned {step.answer}, ENOENT was due"
            yield expect(step, step.error == ENOENT, told)


def _reinit(program: Program) -> Iterator[Seen]:
    for step, state, _held in _lives(program):
        if step.name == _REINIT and state in ("new", "complete"):
            told = f"{step} of a request that is {state} returned {step.answer}, 0 was due"
            yield expect(step, step.done, told)


def _reinit_errno(program: Program) -> Iterator[Seen]:
    for step, _state, _held in _lives(program):
        if step.name == _REINIT:
            told = f"{step} failed with {step.answer}, and only EBUSY may come"
            yield expect(step, step.done or step.error == EBUSY, told)


def _completes(program: Program) -> Iterator[Seen]:
    queued = {step.call.begin: state for step, state, _held in _lives(program)}
    for poll in polls(program, "request"):
        if program.faulty or queued.get(poll.step.call.begin) != "queued":
            continue
        if not poll.told and _waits_for_program(poll.step):
            continue
        if poll.events & PRI and (poll.told or poll.waited >= LONG):
            told = f"{poll.step}: the request was not complete after {poll.waited} ns"
            yield expect(poll.step, bool(poll.told), told)


def _waits_for_program(step: Step) -> bool:
    """Whether a request that was queued cannot be done yet, by what is known of its file."""
    states = queue_states(step)
    if states is None or any(None in (one.streaming, one.buffers) for one in states):
        return True
    possible = all(one.streaming and one.count("queued") for one in states)
    return not possible and bool(states[0].count("queued", "unknown"))


_API = "userspace-api/media/mediactl"

RULES = (
    Rule(
        "request-queued-twice",
        "documented",
        "A request that was queued cannot be queued again before it is made anew.",
        f"{_API}/media-request-ioc-queue.rst, EBUSY",
        _twice,
    ),
    Rule(
        "request-without-buffer",
        "documented",
        "A request without a buffer cannot be queued.",
        f"{_API}/media-request-ioc-queue.rst, ENOENT",
        _empty,
    ),
    Rule(
        "request-reinit",
        "documented",
        "A request that was not queued, or is complete, can be made anew.",
        f"{_API}/media-request-ioc-reinit.rst",
        _reinit,
    ),
    Rule(
        "request-reinit-errno",
        "documented",
        "MEDIA_REQUEST_IOC_REINIT fails with EBUSY and nothing else.",
        f"{_API}/media-request-ioc-reinit.rst, EBUSY",
        _reinit_errno,
    ),
    Rule(
        "request-completes",
        "documented",
        "A request that was queued completes, and who polls it is told.",
        f"{_API}/request-api.rst, Request Submission; request-func-poll.rst",
        _completes,
    ),
)
