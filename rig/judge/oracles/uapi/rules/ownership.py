# SPDX-License-Identifier: GPL-2.0-only
"""Memory of buffers: of which kind it is, and when it is given back."""

from collections.abc import Iterator
from errno import EBUSY, EINVAL, ENOTTY

from rig.evidence.descriptors import Thing
from rig.judge.oracles.uapi.program import Program, requested
from rig.judge.oracles.uapi.rule import Rule, Seen, expect

# V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS.
_ORPHANS = 0x10


def _same_kind(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("VIDIOC_CREATE_BUFS"):
        asked, state = requested(step), step.known
        if asked is None or state is None or not state.buffers or not state.memory:
            continue
        # A driver need not have the call.
        if step.error == ENOTTY:
            continue
        if asked[0].count and asked[0].memory != state.memory:
            told = f"{step} of memory {asked[0].memory} beside buffers of {state.memory} returned "
            yield expect(step, step.error == EINVAL, f"{told}{step.answer}, EINVAL was due")


def _given_back(program: Program) -> Iterator[Seen]:
    # A call that fails says nothing of what the queue can, so what it said before counts.
    able: dict[tuple[Thing | None, int | None], bool] = {}
    for step in program.ioctls("VIDIOC_REQBUFS"):
        asked, state = requested(step), step.known
        if asked is None:
            continue
        if step.done:
            able[step.about, step.queue] = bool(asked[1].capabilities & _ORPHANS)
        if state is None or asked[0].count or state.streaming is not False:
            continue
        if able.get((step.about, step.queue)) and asked[0].memory == state.memory:
            told = f"{step} of no buffers failed with EBUSY, and the queue does not stream"
            yield expect(step, step.error != EBUSY, told)


def _new_index(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("VIDIOC_CREATE_BUFS"):
        asked, state = requested(step), step.known
        if asked is None or state is None or state.buffers is None or not step.done:
            continue
        made = asked[1]
        if asked[0].count and made.count:
            there = sorted(set(range(made.index, made.index + made.count)) & state.buffers.keys())
            told = f"{step} made {made.count} from {made.index} on, and {there} were there before"
            yield expect(step, not there, told)


_V4L = "userspace-api/media/v4l"

RULES = (
    Rule(
        "memory-not-mixed",
        "documented",
        "Buffers of a queue are in memory of one kind.",
        f"{_V4L}/vidioc-create-bufs.rst, EINVAL: the requested I/O method is not valid; "
        f"{_V4L}/io.rst: one I/O method is selected for a queue",
        _same_kind,
    ),
    Rule(
        "created-index",
        "documented",
        "Buffers that are created have indices that no other buffer has.",
        f"{_V4L}/vidioc-create-bufs.rst, index: the starting buffer index, returned by the driver",
        _new_index,
    ),
    Rule(
        "orphans-go",
        "documented",
        "Buffers can be given back while they are mapped or exported.",
        f"{_V4L}/vidioc-reqbufs.rst, V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS",
        _given_back,
    ),
)
