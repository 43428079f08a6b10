# SPDX-License-Identifier: GPL-2.0-only
"""Where buffers in memory of the driver lie, and what a node says that it is."""

from collections.abc import Iterator

from rig.evidence.structures import Memory, read_capability
from rig.judge.oracles.uapi.program import BUFFERS, Program, Step, requested
from rig.judge.oracles.uapi.rule import Rule, Seen, expect

# V4L2_CAP_DEVICE_CAPS: the node has capabilities of its own.
_DEVICE_CAPS = 0x80000000


def _place(program: Program) -> Iterator[Seen]:
    for steps in program.by_file.values():
        known: dict[tuple[bool, int], tuple[tuple[int, int], ...]] = {}
        for step in steps:
            if requested(step) or step.name == "VIDIOC_REMOVE_BUFS":
                known.clear()
            found = _planes(step)
            if not found or step.got is None:
                continue
            before = known.setdefault((step.output, step.got.index), found)
            told = f"{step} says {_text(found)}, it was {_text(before)}"
            yield expect(step, found == before, told)


def _planes(step: Step) -> tuple[tuple[int, int], ...]:
    """Offset and length of each plane of a buffer that a call answered about."""
    if step.name not in BUFFERS or not step.done or step.got is None or step.contended:
        return ()
    if step.got.memory != Memory.MMAP:
        return ()
    return tuple((plane.m, plane.length) for plane in step.got.planes)


def _text(planes: tuple[tuple[int, int], ...]) -> str:
    return ", ".join(f"{length} bytes at {offset:#x}" for offset, length in planes)


def _agree(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("VIDIOC_QUERYCAP"):
        caps = read_capability(step.call.after)
        if step.done and caps:
            node, whole = caps.device_caps, caps.capabilities
            told = f"{step} says {node:#x} of the node, {whole:#x} of the device"
            yield expect(step, bool(whole & _DEVICE_CAPS) and not node & ~whole, told)


RULES = (
    Rule(
        "buffer-stays-in-place",
        "documented",
        "Every call says of a buffer in memory of the driver where it lies, and the same.",
        "userspace-api/media/v4l/buffer.rst, m.offset and m.mem_offset: returned by the driver; "
        "length",
        _place,
    ),
    Rule(
        "capabilities-agree",
        "documented",
        "What a node can do its device can do.",
        "userspace-api/media/v4l/vidioc-querycap.rst, capabilities and device_caps",
        _agree,
    ),
)
