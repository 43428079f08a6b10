# SPDX-License-Identifier: GPL-2.0-only
"""Media requests."""

from collections.abc import Iterator
from errno import EAGAIN, EBUSY, ENOENT

from rig.evidence.descriptors import Thing
from rig.evidence.structures import Flag
from rig.judge.oracles.uapi.polls import LONG, PRI, polls, queue_states
from rig.judge.oracles.uapi.program import QUEUEING, Program, Step
from rig.judge.oracles.uapi.rule import Rule, Seen, expect

_QUEUE, _REINIT = "MEDIA_REQUEST_IOC_QUEUE", "MEDIA_REQUEST_IOC_REINIT"


def _lives(program: Program) -> Iterator[tuple[Step, str, int]]:
    """Calls on requests, with what is known of each as it begins: "new", "queued" (complete or
    not), "complete" or "unknown"; and how many buffers it holds."""
    state: dict[Thing, str] = {}
    held: dict[Thing, int] = {}
    for step in program.steps:
        if step.request and step.done and step.given:
            held[step.request] = held.get(step.request, 0) + 1
        if step.about is None or step.about.kind != "request":
            continue
        yield step, state.get(step.about, "new"), held.get(step.about, 0)
        if step.name in QUEUEING and step.done:
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


def _sealed(program: Program) -> Iterator[Seen]:
    """What is put into a request after it was queued, and before anybody may have remade it."""
    queued: dict[Thing, int] = {}
    for step in program.steps:
        if step.about and step.name == _REINIT:
            queued.pop(step.about, None)
        elif step.about and step.name in QUEUEING and step.done:
            queued[step.about] = step.call.end
        elif step.request and step.name in _FILLING and step.call.returned:
            since = queued.get(step.request)
            if since is not None and since < step.call.begin:
                told = f"{step} put something into {step.request}, which was queued"
                yield expect(step, not step.done, told)


def _values(program: Program) -> Iterator[Seen]:
    """Only of a request that nobody has begun to queue."""
    first: dict[Thing, int] = {}
    for step in program.steps:
        if step.about and step.name in QUEUEING:
            first.setdefault(step.about, step.call.begin)
    for step in program.ioctls("VIDIOC_G_EXT_CTRLS"):
        if step.request and step.call.end < first.get(step.request, step.call.end + 1):
            told = f"{step} read controls of {step.request}, which was never queued"
            yield expect(step, not step.done, told)


def _mixed(program: Program) -> Iterator[Seen]:
    for steps in program.by_file.values():
        # How the last buffer came, by a request or not, since the queue was emptied.
        way: bool | None = None
        for step in steps:
            if step.name in _EMPTYING or step.contended:
                way = None
            elif step.name == "VIDIOC_QBUF" and step.output and step.done:
                by_request = step.request is not None
                told = f"{step} succeeded {'with' if by_request else 'without'} a request"
                if way is not None:
                    yield expect(step, way == by_request, f"{told}, the one before did not so")
                way = by_request


def _served(program: Program) -> Iterator[Seen]:
    """Whoever was told of a request takes its picture: of each file as many as were told of."""
    told = {
        step.call.begin: step.about for step, state, _ in _lives(program) if _tells(step, state)
    }
    for file, steps in program.by_file.items():
        if file.kind == "video" and not program.faulty and not any(map(_holds, steps)):
            yield from _pictures(program, file, told)


def _tells(step: Step, state: str) -> bool:
    return step.name == "poll" and state == "queued" and bool(_told(step) & PRI)


def _holds(step: Step) -> bool:
    """Its job may leave the CAPTURE buffer to the next."""
    given = step.given if step.name == "VIDIOC_QBUF" else None
    return bool(given and given.flags & Flag.M2M_HOLD_CAPTURE_BUF)


def _pictures(program: Program, file: Thing, told: dict[int, Thing | None]) -> Iterator[Seen]:
    open_requests: set[Thing] = set()
    complete: list[int] = []
    taken = 0
    for step in program.steps:
        call = step.call
        if step.about == file and step.name in _EMPTYING:
            open_requests, complete, taken = set(), [], 0
        elif step.about == file and step.request and step.output and step.done:
            open_requests.add(step.request)
        elif told.get(call.begin) in open_requests:
            complete.append(call.end)
        elif step.about == file and step.name == "VIDIOC_DQBUF" and not step.output:
            due = sum(end < call.begin for end in complete) > taken
            taken += step.done
            if due and not step.contended and (step.done or step.error == EAGAIN):
                said = f"{step} failed with EAGAIN after the request of its picture was complete"
                yield expect(step, step.done, said)


# What fills a request.
_FILLING = frozenset(("VIDIOC_QBUF", "VIDIOC_S_EXT_CTRLS"))

# What may empty the queue of OUTPUT buffers, done or not.
_EMPTYING = frozenset(("VIDIOC_STREAMOFF", "VIDIOC_REQBUFS"))

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
    Rule(
        "request-serves",
        "documented",
        "When a request is complete, the CAPTURE buffer that it makes can be dequeued.",
        f"{_API}/request-api.rst, Request Submission: once all its buffers are available for "
        "dequeuing; drivers/media/v4l2-core/v4l2-mem2mem.c, v4l2_m2m_buf_done_and_job_finish()",
        _served,
    ),
    Rule(
        "request-sealed",
        "documented",
        "Nothing can be put into a request that was queued, before it is made anew.",
        f"{_API}/request-api.rst, Request Preparation and Submission: until it is queued; "
        "media-request-ioc-queue.rst",
        _sealed,
    ),
    Rule(
        "request-values-later",
        "documented",
        "The controls of a request cannot be read before it is complete.",
        "userspace-api/media/v4l/vidioc-g-ext-ctrls.rst, EACCES",
        _values,
    ),
    Rule(
        "requests-not-mixed",
        "documented",
        "Buffers are queued in requests or without, and not in both ways.",
        f"{_API}/media-request-ioc-queue.rst, EBUSY",
        _mixed,
    ),
)
