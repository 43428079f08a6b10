# SPDX-License-Identifier: GPL-2.0-only
"""Buffers that are mapped."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from errno import EINVAL, ENOMEM
from struct import unpack_from

from rig.evidence.structures import Memory
from rig.judge.oracles.uapi.pages import whole_pages
from rig.judge.oracles.uapi.program import Program, Step, requested
from rig.judge.oracles.uapi.rule import Rule, Seen, expect


@dataclass
class _Places:
    """Where the buffers of a file can be mapped, as far as it was told.

    Attributes:
        there: the bytes that can be mapped, by offset, with the queue of each.
        gone: offsets of buffers that were given back.
    """

    there: dict[int, tuple[int, bool]] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)

    def learn(self, step: Step) -> None:
        """What a call says of them, or does to them."""
        if step.name == "VIDIOC_QUERYBUF" and step.done and step.got:
            if step.got.memory == Memory.MMAP:
                for plane in step.got.planes:
                    self.there[plane.m] = (whole_pages(plane.length), step.output)
                    self.gone.discard(plane.m)
        elif step.name == "VIDIOC_REQBUFS":
            self._requested(step)
        elif step.name == "VIDIOC_REMOVE_BUFS":
            self.there.clear()

    def _requested(self, step: Step) -> None:
        asked = requested(step)
        old = {at for at, (_size, output) in self.there.items() if output == step.output}
        for at in old:
            del self.there[at]
        if asked and step.done and not asked[0].count:
            self.gone |= old
        elif asked and asked[0].count:
            self.gone.clear()


def _fits(program: Program) -> Iterator[Seen]:
    for thing, steps in program.by_file.items():
        places = _Places()
        for step in steps if thing.kind == "video" else ():
            if step.name == "mmap" and step.call.returned and len(step.call.before) >= 32:
                yield from _mapped(program, step, places)
            places.learn(step)


def _mapped(program: Program, step: Step, places: _Places) -> Iterator[Seen]:
    size, _prot, _flags, offset = unpack_from("<4Q", step.call.before)
    known, _output = places.there.get(offset, (0, False))
    if (known and size <= known) or not (known or offset in places.gone):
        return
    if _meets(program, step):
        return
    what = f"of {size} bytes at {offset:#x}, where {known or 'no'} bytes are"
    told = f"{step} {what}, returned {step.answer}, EINVAL was due"
    yield expect(step, step.error in (EINVAL, ENOMEM), told)


def _meets(program: Program, step: Step) -> bool:
    """Whether buffers may have come or gone while it was called."""
    assert step.about
    return any(
        other.name in ("VIDIOC_REQBUFS", "VIDIOC_CREATE_BUFS", "VIDIOC_REMOVE_BUFS")
        and other.call.begin < step.call.end
        and not 0 < other.call.end < step.call.begin
        for other in program.by_file[step.about]
    )


def _grows(program: Program) -> Iterator[Seen]:
    mapped: dict[tuple[int, int], int] = {}
    for step in program.steps:
        call = step.call
        if step.name == "mmap" and step.done and step.about and len(call.before) >= 32:
            if step.about.kind in ("video", "dma-buf"):
                [at], [size] = unpack_from("<Q", call.after), unpack_from("<Q", call.before)
                mapped[call.process, at] = whole_pages(size)
        elif step.name == "munmap":
            mapped.pop((call.process, call.request), None)
        elif step.name == "mremap" and call.returned:
            yield from _moved(step, mapped.get((call.process, call.request)))


def _moved(step: Step, size: int | None) -> Iterator[Seen]:
    _old, new, _flags = unpack_from("<3Q", step.call.before)
    if size is not None and whole_pages(new) > size:
        told = f"{step} made the mapping of a buffer of {size} bytes {new} bytes long"
        yield expect(step, not step.done, told)


_MMAP = "userspace-api/media/v4l/func-mmap.rst"

RULES = (
    Rule(
        "mmap-fits",
        "documented",
        "No more than a buffer can be mapped, and none that was given back.",
        f"{_MMAP}, EINVAL: length or offset are not suitable, or no buffers were allocated",
        _fits,
    ),
    Rule(
        "mapping-stays-within",
        "documented",
        "The mapping of a buffer or a dma-buf cannot be made longer than what it maps.",
        f"{_MMAP}, length: the same as that of the buffer; include/linux/dma-buf.h, mmap: within "
        "the size of the dma-buf; include/linux/mm.h, VM_DONTEXPAND",
        _grows,
    ),
)
