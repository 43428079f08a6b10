# SPDX-License-Identifier: GPL-2.0-only
"""Buffers that are queued, dequeued and asked about."""

from collections.abc import Iterator
from errno import EAGAIN, EINVAL, ENOTTY

from rig.evidence.structures import Flag, Memory
from rig.judge.oracles.uapi.program import Program, Step, exported, requested
from rig.judge.oracles.uapi.queues import QueueState
from rig.judge.oracles.uapi.rule import Rule, Seen, expect, expect_of_states

_HELD = Flag.QUEUED | Flag.DONE

# V4L2_FIELD_ANY and _NONE
_FIELDS = (0, 1)


def _qbuf_free(program: Program) -> Iterator[Seen]:
    yield from taken_free(program, "VIDIOC_QBUF")


def taken_free(program: Program, name: str) -> Iterator[Seen]:
    """That each call of a name that took a buffer was given one of the program's."""
    for step in program.ioctls(name):
        if step.done and step.given is not None:
            yield from expect_of_states(step, _not_free)


def _not_free(state: QueueState, step: Step) -> str | None:
    assert step.given
    own = state.of(step.given.index)
    if own == "unknown":
        return None
    told = f"{step} succeeded, and the buffer is {own or 'none that there is'}"
    return "" if own in ("dequeued", "prepared") else told


def _qbuf_flags(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("VIDIOC_QBUF"):
        if not step.done or not step.got or not step.given or step.request:
            continue
        yield expect(
            step,
            bool(step.got.flags & _HELD) and step.got.flags & _HELD != _HELD,
            f"{step} left the flags {step.got.flags:#x}: queued was due",
        )


def _qbuf_accepted(program: Program) -> Iterator[Seen]:
    """Only what none of the documented errors is about."""
    for step in program.ioctls("VIDIOC_QBUF"):
        if program.faulty or not _well_formed(step):
            continue
        yield from expect_of_states(step, _not_taken)


def _not_taken(state: QueueState, step: Step) -> str | None:
    assert step.given
    if state.memory != Memory.MMAP or state.of(step.given.index) not in ("dequeued", "prepared"):
        return None
    return f"{step} failed with {step.answer}, and fits" if step.error == EINVAL else ""


def _well_formed(step: Step) -> bool:
    given = step.given
    if given is None or step.request or given.memory != Memory.MMAP:
        return False
    # What fences a buffer may have is the affair of another claim (docs/reference/explicit.md).
    if given.flags & (Flag.IN_FENCE | Flag.OUT_FENCE):
        return False
    # Drivers may know no other field, and nothing of a plane that begins later than its memory.
    odd = given.field not in _FIELDS or any(plane.data_offset for plane in given.planes)
    if step.output and odd:
        return False
    fits = all(0 < plane.bytesused <= plane.length for plane in given.planes)
    return fits and bool(given.planes) if step.output else bool(given.planes)


def _dqbuf_queued(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("VIDIOC_DQBUF"):
        if step.got is not None and step.done:
            yield from expect_of_states(step, _not_queued)


def _not_queued(state: QueueState, step: Step) -> str | None:
    assert step.got
    own = state.of(step.got.index)
    if own == "unknown":
        return None
    return "" if own == "queued" else f"{step} gave a buffer that is {own}"


def _dqbuf_streaming(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("VIDIOC_DQBUF"):
        yield from expect_of_states(step, _not_streaming)


def _not_streaming(state: QueueState, step: Step) -> str | None:
    if state.streaming is not False:
        return None
    return f"{step} succeeded without VIDIOC_STREAMON" if step.done else ""


def _dqbuf_flags(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("VIDIOC_DQBUF"):
        if step.done and step.got:
            yield expect(
                step,
                not step.got.flags & _HELD,
                f"{step} left the flags {step.got.flags:#x}: neither QUEUED nor DONE was due",
            )


def _dqbuf_asked(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("VIDIOC_DQBUF"):
        if not (step.done and step.got and step.given):
            continue
        due, came = (step.given.type, step.given.memory), (step.got.type, step.got.memory)
        # Who asks for memory that the queue does not have may be told so, or which it is.
        if step.known and step.known.memory == step.given.memory:
            yield expect(step, due == came, f"{step}: type and memory {came}, {due} were asked for")


def _again(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("VIDIOC_DQBUF"):
        if step.error == EAGAIN and step.about not in program.turned:
            told = f"{step} failed with EAGAIN, and the file was opened to block"
            yield expect(step, step.about in program.nonblocking, told)


def _querybuf(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("VIDIOC_QUERYBUF"):
        if step.got is not None and step.done:
            yield from expect_of_states(step, _misstated)


def _misstated(state: QueueState, step: Step) -> str | None:
    assert step.got
    own, flags = state.of(step.got.index), step.got.flags & _HELD
    if own is None or own == "unknown":
        return None
    holds = flags in (Flag.QUEUED, Flag.DONE) if own == "queued" else not flags
    return "" if holds else f"{step}: flags {step.got.flags:#x} of a buffer that is {own}"


def _index(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("VIDIOC_QUERYBUF", "VIDIOC_EXPBUF", "VIDIOC_QBUF"):
        if step.request is None:
            yield from expect_of_states(step, _beyond)


def _beyond(state: QueueState, step: Step) -> str | None:
    named = exported(step) or step.given
    if named is None or state.of(named.index) is not None:
        return None
    told = f"{step} returned {step.answer}, there is no buffer {named.index}"
    return "" if step.error == EINVAL else told


def _memory(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("VIDIOC_REQBUFS", "VIDIOC_CREATE_BUFS"):
        asked = requested(step)
        # A driver need not have VIDIOC_CREATE_BUFS.
        if step.error == ENOTTY:
            continue
        if asked and asked[0].memory not in (Memory.MMAP, Memory.USERPTR, Memory.DMABUF):
            told = f"{step} of memory {asked[0].memory} returned {step.answer}, EINVAL was due"
            yield expect(step, step.error == EINVAL, told)


_BUFFER = "userspace-api/media/v4l/buffer.rst"
_QBUF = "userspace-api/media/v4l/vidioc-qbuf.rst"

RULES = (
    Rule(
        "qbuf-of-a-held-buffer",
        "documented",
        "A buffer that is queued, or in a request, or not there, cannot be queued.",
        f"{_BUFFER}, V4L2_BUF_FLAG_QUEUED: the buffer is the driver's from VIDIOC_QBUF on; "
        f"{_QBUF}, EINVAL",
        _qbuf_free,
    ),
    Rule(
        "qbuf-flags",
        "documented",
        "A buffer that was queued is on one of the two queues of the driver, and says so.",
        f"{_BUFFER}, V4L2_BUF_FLAG_QUEUED and _DONE",
        _qbuf_flags,
    ),
    Rule(
        "qbuf-accepted",
        "documented",
        "A buffer in memory of the driver is taken if it is the program's and its content fits.",
        f"{_QBUF}, EINVAL: none of the errors is about it",
        _qbuf_accepted,
    ),
    Rule(
        "dqbuf-of-a-queued-buffer",
        "documented",
        "What is dequeued had been queued.",
        f"{_QBUF}, VIDIOC_DQBUF: from the outgoing queue of the driver",
        _dqbuf_queued,
    ),
    Rule(
        "dqbuf-while-off",
        "documented",
        "Nothing can be dequeued from a queue that does not stream.",
        "userspace-api/media/v4l/vidioc-streamon.rst: VIDIOC_STREAMOFF empties both queues of the "
        "driver, and before VIDIOC_STREAMON no buffer is filled",
        _dqbuf_streaming,
    ),
    Rule(
        "dqbuf-flags",
        "documented",
        "A buffer that was dequeued is on neither queue of the driver, and says so.",
        f"{_BUFFER}, V4L2_BUF_FLAG_QUEUED and _DONE",
        _dqbuf_flags,
    ),
    Rule(
        "dqbuf-type",
        "documented",
        "What is dequeued is of the type and the memory of its queue, if these were asked for.",
        f"{_QBUF}, VIDIOC_DQBUF: type and memory are the program's",
        _dqbuf_asked,
    ),
    Rule(
        "eagain-without-nonblock",
        "documented",
        "VIDIOC_DQBUF waits unless the file was opened with O_NONBLOCK.",
        f"{_QBUF}, EAGAIN",
        _again,
    ),
    Rule(
        "querybuf-state",
        "documented",
        "VIDIOC_QUERYBUF says whether the driver has a buffer, and in which of its two queues.",
        f"{_BUFFER}, V4L2_BUF_FLAG_QUEUED and _DONE; "
        "userspace-api/media/v4l/vidioc-querybuf.rst, flags",
        _querybuf,
    ),
    Rule(
        "index-out-of-range",
        "documented",
        "An index beyond the buffers that there are is EINVAL.",
        f"{_QBUF}, vidioc-querybuf.rst and vidioc-expbuf.rst, EINVAL",
        _index,
    ),
    Rule(
        "unknown-memory",
        "documented",
        "Buffers in memory of a kind that there is not are EINVAL.",
        "userspace-api/media/v4l/vidioc-reqbufs.rst, EINVAL",
        _memory,
    ),
)
