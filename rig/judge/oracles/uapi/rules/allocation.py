# SPDX-License-Identifier: GPL-2.0-only
"""Buffers that are prepared, exported and removed."""

from collections.abc import Iterator
from struct import unpack_from

from rig.evidence.structures import Flag
from rig.judge.oracles.uapi.program import Program, Step, exported
from rig.judge.oracles.uapi.queues import QueueState
from rig.judge.oracles.uapi.rule import Rule, Seen, expect, expect_of_states
from rig.judge.oracles.uapi.rules.buffers import taken_free

# O_ACCMODE and O_CLOEXEC, on arm64.
_OPENED = 0o3 | 0o2000000

# Beyond that nobody looks: no queue has so many buffers.
_MOST = 1024


def _prepare(program: Program) -> Iterator[Seen]:
    yield from taken_free(program, "VIDIOC_PREPARE_BUF")


def _prepared(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("VIDIOC_PREPARE_BUF"):
        if step.done and step.got:
            told = f"{step} left the flags {step.got.flags:#x}: PREPARED was due"
            yield expect(step, bool(step.got.flags & Flag.PREPARED), told)


def _removed(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("VIDIOC_REMOVE_BUFS"):
        if step.done:
            yield from expect_of_states(step, _held)


def _held(state: QueueState, step: Step) -> str | None:
    if state.buffers is None:
        return None
    first, count = unpack_from("<II", step.call.before)
    states = [state.of(first + at) for at in range(min(count, _MOST))]
    held = {own for own in states if own not in ("dequeued", "prepared", "unknown")}
    told = f"{step} from buffer {first}, {count} of them: {', '.join(map(str, held))}"
    return told if held else ""


def _nothing(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("VIDIOC_REMOVE_BUFS"):
        if not unpack_from("<4xI", step.call.before)[0] and step.queue is not None:
            told = f"{step} of no buffer returned {step.answer}, 0 was due"
            yield expect(step, step.done or _is_unknown(program), told)


def _is_unknown(program: Program) -> bool:
    """Whether no queue of the program has the call."""
    return not any(step.done for step in program.ioctls("VIDIOC_REMOVE_BUFS"))


def _flags(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("VIDIOC_EXPBUF"):
        asked = exported(step)
        if asked and asked.flags & ~_OPENED:
            told = f"{step} with the flags {asked.flags:#o} succeeded"
            yield expect(step, not step.done, told)


_V4L = "userspace-api/media/v4l"

RULES = (
    Rule(
        "prepare-of-a-held-buffer",
        "documented",
        "A buffer that is queued, or in a request, or not there, cannot be prepared.",
        f"{_V4L}/vidioc-prepare-buf.rst: before it is queued; buffer.rst, V4L2_BUF_FLAG_QUEUED",
        _prepare,
    ),
    Rule(
        "prepared-flag",
        "documented",
        "A buffer that was prepared says so.",
        f"{_V4L}/buffer.rst, V4L2_BUF_FLAG_PREPARED",
        _prepared,
    ),
    Rule(
        "remove-of-held-buffers",
        "documented",
        "Buffers that are queued, or in a request, or not there, cannot be removed.",
        f"{_V4L}/vidioc-remove-bufs.rst, EBUSY and EINVAL, and count",
        _removed,
    ),
    Rule(
        "remove-of-nothing",
        "documented",
        "To remove no buffer does nothing, and succeeds.",
        f"{_V4L}/vidioc-remove-bufs.rst, count",
        _nothing,
    ),
    Rule(
        "export-flags",
        "documented",
        "A buffer is exported for reading, for writing or for both, and there are no more flags.",
        f"{_V4L}/vidioc-expbuf.rst, flags, and EINVAL",
        _flags,
    ),
)
